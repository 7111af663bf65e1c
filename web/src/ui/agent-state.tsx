// An agent's state in words, colour and shape, the same on the desk, the board and the wall.
import {
  CircleAlert,
  CirclePause,
  CirclePlay,
  Eye,
  Hourglass,
  type LucideIcon,
  MessagesSquare,
  MoonStar,
  PencilLine,
  Phone,
  PhoneCall,
  PhoneIncoming,
  UserRound,
} from "lucide-react";
import { useTranslation } from "react-i18next";

import type { AgentState, AgentView } from "../api/words";
import { duration } from "../i18n/format";
import { useNow } from "../live/hooks";

type Tone = "good" | "busy" | "hold" | "wrap" | "rest" | "bad";

export const LOOKS: Record<AgentState, { icon: LucideIcon; tone: Tone }> = {
  logged_out: { icon: MoonStar, tone: "rest" },
  not_ready: { icon: UserRound, tone: "rest" },
  ready: { icon: CirclePlay, tone: "good" },
  reserved: { icon: PhoneIncoming, tone: "busy" },
  ringing: { icon: PhoneCall, tone: "busy" },
  previewing: { icon: Eye, tone: "busy" },
  talking: { icon: Phone, tone: "busy" },
  hold: { icon: Hourglass, tone: "hold" },
  consulting: { icon: MessagesSquare, tone: "hold" },
  wrap_up: { icon: PencilLine, tone: "wrap" },
  paused: { icon: CirclePause, tone: "rest" },
  system: { icon: CircleAlert, tone: "bad" },
};

export const TONES: Record<Tone, string> = {
  good: "bg-good-soft text-good",
  busy: "bg-busy-soft text-busy",
  hold: "bg-hold-soft text-hold",
  wrap: "bg-wrap-soft text-wrap",
  rest: "bg-rest-soft text-rest",
  bad: "bg-bad-soft text-bad",
};

/** The state in words, with the reason of a pause and what the switch misses. */
export function useStateWords(): (agent: AgentView) => string {
  const { t } = useTranslation();
  return (agent) => {
    if (agent.state === "paused" && agent.reason) {
      return agent.reason.text ?? t(`pauseClass.${agent.reason.class}`);
    }
    if (agent.state === "system" && agent.fault) return t(`fault.${agent.fault}`);
    return t(`state.${agent.state}`);
  };
}

export function StateBadge({ agent }: { agent: AgentView }) {
  const words = useStateWords();
  const { icon: Icon, tone } = LOOKS[agent.state];
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm font-medium ${TONES[tone]}`}
    >
      <Icon size={14} aria-hidden />
      <span className="max-w-40 truncate">{words(agent)}</span>
    </span>
  );
}

/** How long ago, or how long until, counted by the server's clock. */
export function Elapsed({ since, until }: { since?: string; until?: string }) {
  const now = useNow();
  const ms = until ? Date.parse(until) - now : now - Date.parse(since ?? "");
  return <time className="digits">{duration(Number.isNaN(ms) ? 0 : ms)}</time>;
}
