// Every page, who may open it, and where it stands in the menu. The server decides again, of course.
import {
  Building2,
  AudioLines,
  BookX,
  CalendarClock,
  ClockCheck,
  Contact,
  Ear,
  Headphones,
  Hash,
  History,
  LayoutDashboard,
  ListOrdered,
  type LucideIcon,
  Megaphone,
  Network,
  Pause,
  PhoneIncoming,
  PhoneMissed,
  PhoneOff,
  Rocket,
  Scale,
  ScrollText,
  ShieldCheck,
  UserCog,
  Users,
  UsersRound,
  Voicemail,
} from "lucide-react";

import type { Role } from "../api/words";

export type PageName =
  | "desk"
  | "board"
  | "start"
  | "agents"
  | "campaigns"
  | "queues"
  | "lists"
  | "leads"
  | "dnc"
  | "dncRegisters"
  | "legalProfiles"
  | "callbacks"
  | "returnedCalls"
  | "recordings"
  | "voicemails"
  | "attendance"
  | "supervision"
  | "teams"
  | "calls"
  | "attempts"
  | "trunks"
  | "clis"
  | "dids"
  | "pauseReasons"
  | "users"
  | "organisation"
  | "security";

export type Page = {
  name: PageName;
  path: string;
  icon: LucideIcon;
  group: "work" | "people" | "dialling" | "telephony" | "records" | "settings";
  /** Agents open their desk alone. */
  roles: readonly Role[];
};

const STAFF = ["manager", "administrator"] as const;

export const PAGES: readonly Page[] = [
  { name: "desk", path: "/desk", icon: Headphones, group: "work", roles: ["agent", ...STAFF] },
  { name: "board", path: "/board", icon: LayoutDashboard, group: "work", roles: STAFF },
  { name: "start", path: "/admin/start", icon: Rocket, group: "work", roles: ["administrator"] },
  { name: "agents", path: "/admin/agents", icon: Users, group: "people", roles: STAFF },
  { name: "teams", path: "/admin/teams", icon: UsersRound, group: "people", roles: STAFF },
  { name: "users", path: "/admin/users", icon: UserCog, group: "people", roles: ["administrator"] },
  {
    name: "pauseReasons",
    path: "/admin/pause-reasons",
    icon: Pause,
    group: "people",
    roles: STAFF,
  },
  { name: "campaigns", path: "/admin/campaigns", icon: Megaphone, group: "dialling", roles: STAFF },
  { name: "lists", path: "/admin/lists", icon: ScrollText, group: "dialling", roles: STAFF },
  { name: "leads", path: "/admin/leads", icon: Contact, group: "dialling", roles: STAFF },
  {
    name: "callbacks",
    path: "/admin/callbacks",
    icon: CalendarClock,
    group: "dialling",
    roles: STAFF,
  },
  { name: "dnc", path: "/admin/dnc", icon: PhoneOff, group: "dialling", roles: STAFF },
  {
    name: "dncRegisters",
    path: "/admin/dnc-registers",
    icon: BookX,
    group: "dialling",
    roles: STAFF,
  },
  {
    name: "legalProfiles",
    path: "/admin/legal-profiles",
    icon: Scale,
    group: "dialling",
    roles: STAFF,
  },
  { name: "queues", path: "/admin/queues", icon: ListOrdered, group: "telephony", roles: STAFF },
  { name: "dids", path: "/admin/dids", icon: PhoneIncoming, group: "telephony", roles: STAFF },
  { name: "clis", path: "/admin/clis", icon: Hash, group: "telephony", roles: STAFF },
  { name: "trunks", path: "/admin/trunks", icon: Network, group: "telephony", roles: STAFF },
  { name: "calls", path: "/admin/calls", icon: History, group: "records", roles: STAFF },
  {
    name: "returnedCalls",
    path: "/admin/returned-calls",
    icon: PhoneMissed,
    group: "records",
    roles: STAFF,
  },
  {
    name: "recordings",
    path: "/admin/recordings",
    icon: AudioLines,
    group: "records",
    roles: STAFF,
  },
  {
    name: "voicemails",
    path: "/admin/voicemails",
    icon: Voicemail,
    group: "records",
    roles: STAFF,
  },
  {
    name: "attendance",
    path: "/admin/attendance",
    icon: ClockCheck,
    group: "records",
    roles: STAFF,
  },
  {
    name: "supervision",
    path: "/admin/supervision",
    icon: Ear,
    group: "records",
    roles: STAFF,
  },
  { name: "attempts", path: "/admin/attempts", icon: ScrollText, group: "records", roles: STAFF },
  {
    name: "organisation",
    path: "/admin/organisation",
    icon: Building2,
    group: "settings",
    roles: STAFF,
  },
  {
    name: "security",
    path: "/admin/security",
    icon: ShieldCheck,
    group: "settings",
    roles: ["administrator"],
  },
];

export function pagesFor(role: Role, isAgent: boolean): readonly Page[] {
  return PAGES.filter((page) => page.roles.includes(role) && (page.name !== "desk" || isAgent));
}

/** Where somebody begins. */
export function homeOf(role: Role, isAgent: boolean): string {
  if (role === "agent" || (isAgent && role !== "administrator")) return "/desk";
  return "/board";
}
