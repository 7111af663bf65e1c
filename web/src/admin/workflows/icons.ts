// One icon a kind of step, the same in the list and in the drawing.
import {
  AudioLines,
  Ban,
  Clock3,
  Globe,
  Grid3x3,
  Headphones,
  ListOrdered,
  type LucideIcon,
  PhoneForwarded,
  PhoneOff,
  Search,
  Split,
  Tag,
  Voicemail,
} from "lucide-react";

import type { Kind } from "./steps";

export const ICONS: Record<Kind, LucideIcon> = {
  play: AudioLines,
  gather: Grid3x3,
  hours: Clock3,
  branch: Split,
  set: Tag,
  lookup: Search,
  webhook: Globe,
  do_not_call: Ban,
  queue: ListOrdered,
  agent: Headphones,
  voicemail: Voicemail,
  transfer: PhoneForwarded,
  hang_up: PhoneOff,
};

/** Colour says the same as the icon and the word: what leads on, what decides, what ends. */
export const TONES: Record<Kind, { ink: string; soft: string }> = {
  play: { ink: "var(--busy)", soft: "var(--busy-soft)" },
  gather: { ink: "var(--busy)", soft: "var(--busy-soft)" },
  set: { ink: "var(--rest)", soft: "var(--rest-soft)" },
  hours: { ink: "var(--hold)", soft: "var(--hold-soft)" },
  branch: { ink: "var(--hold)", soft: "var(--hold-soft)" },
  lookup: { ink: "var(--wrap)", soft: "var(--wrap-soft)" },
  webhook: { ink: "var(--wrap)", soft: "var(--wrap-soft)" },
  do_not_call: { ink: "var(--rest)", soft: "var(--rest-soft)" },
  queue: { ink: "var(--good)", soft: "var(--good-soft)" },
  agent: { ink: "var(--good)", soft: "var(--good-soft)" },
  voicemail: { ink: "var(--good)", soft: "var(--good-soft)" },
  transfer: { ink: "var(--good)", soft: "var(--good-soft)" },
  hang_up: { ink: "var(--bad)", soft: "var(--bad-soft)" },
};
