// Every page, who may open it, and where it stands in the menu. The server decides again, of course.
import {
  BookOpenText,
  BookUser,
  Building2,
  AudioLines,
  BotMessageSquare,
  BookX,
  ChartNoAxesColumn,
  CalendarClock,
  ClockCheck,
  Contact,
  Ear,
  FileClock,
  Gavel,
  Headphones,
  Hash,
  History,
  Hourglass,
  KeyRound,
  LayoutDashboard,
  ListOrdered,
  type LucideIcon,
  Megaphone,
  Network,
  Pause,
  PhoneCall,
  PhoneIncoming,
  PhoneMissed,
  PhoneOff,
  Rocket,
  Scale,
  ScrollText,
  Send,
  ShieldCheck,
  UserCog,
  Users,
  UsersRound,
  UserX,
  Voicemail,
  Volume2,
  Waypoints,
  Webhook,
} from "lucide-react";

import type { Permission, Who } from "../api/words";

export type PageName =
  | "desk"
  | "board"
  | "start"
  | "agents"
  | "campaigns"
  | "queues"
  | "workflows"
  | "scripts"
  | "lists"
  | "leads"
  | "dnc"
  | "dncRegisters"
  | "legalProfiles"
  | "retention"
  | "legalHolds"
  | "persons"
  | "callbacks"
  | "returnedCalls"
  | "keptPlaces"
  | "recordings"
  | "reports"
  | "voicemails"
  | "verdicts"
  | "attendance"
  | "supervision"
  | "teams"
  | "calls"
  | "attempts"
  | "trunks"
  | "clis"
  | "dids"
  | "pauseReasons"
  | "phonebook"
  | "prompts"
  | "users"
  | "organisation"
  | "security"
  | "tokens"
  | "webhooks"
  | "webhookDeliveries"
  | "audit";

export type Page = {
  name: PageName;
  path: string;
  icon: LucideIcon;
  group: "work" | "people" | "dialling" | "telephony" | "records" | "settings";
  /** What opens it; the desk takes an agent instead. */
  needs?: Permission;
  /** It shows everything or nothing: no narrower scope opens it. */
  whole?: true;
  /** One of what it shows, and a part of that, have addresses of their own beneath it. */
  deep?: true;
};

export const PAGES: readonly Page[] = [
  { name: "desk", path: "/desk", icon: Headphones, group: "work" },
  { name: "board", path: "/board", icon: LayoutDashboard, group: "work", needs: "live" },
  { name: "start", path: "/admin/start", icon: Rocket, group: "work", needs: "organisation_write" },
  { name: "agents", path: "/admin/agents", icon: Users, group: "people", needs: "agents_read" },
  { name: "teams", path: "/admin/teams", icon: UsersRound, group: "people", needs: "teams_read" },
  { name: "users", path: "/admin/users", icon: UserCog, group: "people", needs: "users" },
  {
    name: "pauseReasons",
    path: "/admin/pause-reasons",
    icon: Pause,
    group: "people",
    needs: "pause_reasons_write",
  },
  {
    name: "phonebook",
    path: "/admin/phonebook",
    icon: BookUser,
    group: "telephony",
    needs: "phonebook_write",
  },
  {
    name: "prompts",
    path: "/admin/prompts",
    icon: Volume2,
    group: "telephony",
    needs: "prompts_write",
  },
  {
    name: "campaigns",
    path: "/admin/campaigns",
    icon: Megaphone,
    group: "dialling",
    needs: "campaigns_read",
  },
  {
    name: "scripts",
    path: "/admin/scripts",
    icon: BookOpenText,
    group: "dialling",
    needs: "campaigns_read",
    whole: true,
  },
  { name: "lists", path: "/admin/lists", icon: ScrollText, group: "dialling", needs: "leads_read" },
  { name: "leads", path: "/admin/leads", icon: Contact, group: "dialling", needs: "leads_read" },
  {
    name: "callbacks",
    path: "/admin/callbacks",
    icon: CalendarClock,
    group: "dialling",
    needs: "callbacks_read",
  },
  {
    name: "keptPlaces",
    path: "/admin/kept-places",
    icon: PhoneCall,
    group: "telephony",
    needs: "callbacks_read",
  },
  { name: "dnc", path: "/admin/dnc", icon: PhoneOff, group: "dialling", needs: "dnc_read" },
  {
    name: "dncRegisters",
    path: "/admin/dnc-registers",
    icon: BookX,
    group: "dialling",
    needs: "dnc_read",
  },
  {
    name: "legalProfiles",
    path: "/admin/legal-profiles",
    icon: Scale,
    group: "dialling",
    needs: "law_read",
  },
  {
    name: "retention",
    path: "/admin/retention",
    icon: Hourglass,
    group: "dialling",
    needs: "law_read",
  },
  {
    name: "legalHolds",
    path: "/admin/legal-holds",
    icon: Gavel,
    group: "dialling",
    needs: "law_read",
  },
  {
    name: "persons",
    path: "/admin/persons",
    icon: UserX,
    group: "dialling",
    needs: "law_write",
  },
  {
    name: "queues",
    path: "/admin/queues",
    icon: ListOrdered,
    group: "telephony",
    needs: "queues_read",
  },
  {
    name: "workflows",
    path: "/admin/workflows",
    icon: Waypoints,
    group: "telephony",
    needs: "telephony_read",
    deep: true,
  },
  {
    name: "dids",
    path: "/admin/dids",
    icon: PhoneIncoming,
    group: "telephony",
    needs: "telephony_read",
  },
  { name: "clis", path: "/admin/clis", icon: Hash, group: "telephony", needs: "telephony_read" },
  {
    name: "trunks",
    path: "/admin/trunks",
    icon: Network,
    group: "telephony",
    needs: "telephony_read",
  },
  {
    name: "reports",
    path: "/admin/reports",
    icon: ChartNoAxesColumn,
    group: "records",
    needs: "performance_read",
  },
  { name: "calls", path: "/admin/calls", icon: History, group: "records", needs: "calls_read" },
  {
    name: "returnedCalls",
    path: "/admin/returned-calls",
    icon: PhoneMissed,
    group: "records",
    needs: "calls_read",
    whole: true,
  },
  {
    name: "recordings",
    path: "/admin/recordings",
    icon: AudioLines,
    group: "records",
    needs: "recordings_read",
  },
  {
    name: "voicemails",
    path: "/admin/voicemails",
    icon: Voicemail,
    group: "records",
    needs: "voicemails",
  },
  {
    name: "verdicts",
    path: "/admin/verdicts",
    icon: BotMessageSquare,
    group: "records",
    needs: "verdicts_review",
  },
  {
    name: "attendance",
    path: "/admin/attendance",
    icon: ClockCheck,
    group: "records",
    needs: "performance_read",
  },
  {
    name: "supervision",
    path: "/admin/supervision",
    icon: Ear,
    group: "records",
    needs: "supervision_read",
  },
  {
    name: "attempts",
    path: "/admin/attempts",
    icon: ScrollText,
    group: "records",
    needs: "calls_read",
  },
  {
    name: "organisation",
    path: "/admin/organisation",
    icon: Building2,
    group: "settings",
    needs: "organisation_read",
  },
  {
    name: "security",
    path: "/admin/security",
    icon: ShieldCheck,
    group: "settings",
    needs: "organisation_write",
  },
  {
    name: "tokens",
    path: "/admin/tokens",
    icon: KeyRound,
    group: "settings",
    needs: "organisation_read",
  },
  {
    name: "webhooks",
    path: "/admin/webhooks",
    icon: Webhook,
    group: "settings",
    needs: "webhooks",
  },
  {
    name: "webhookDeliveries",
    path: "/admin/webhook-deliveries",
    icon: Send,
    group: "records",
    needs: "webhooks",
  },
  { name: "audit", path: "/admin/audit", icon: FileClock, group: "settings", needs: "audit_read" },
];

/** Whether the user's role grants it, however far; the server knows how far. */
export function may(user: Who, permission: Permission): boolean {
  return permission in user.grants;
}

export function mayOpen(user: Who, page: Page): boolean {
  if (!page.needs) return !!user.agent;
  const scope = user.grants[page.needs];
  // What one's own scope shows stands on the desk.
  return page.whole ? scope === "all" : !!scope && scope !== "own";
}

export function pagesFor(user: Who): readonly Page[] {
  return PAGES.filter((page) => mayOpen(user, page));
}

/** Where somebody begins. */
export function homeOf(user: Who): string {
  if (!may(user, "live") || (user.agent && !may(user, "users"))) return "/desk";
  return "/board";
}
