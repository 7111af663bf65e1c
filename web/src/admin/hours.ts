// Stretches of local time on certain days: when people may be called, and when callers find somebody.
import type { Field, FieldWord } from "./field";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export function hoursAt(path: string, label: FieldWord): Field {
  return {
    path,
    label,
    kind: "rows",
    fresh: () => ({ days: [...DAYS], from: "09:00:00", to: "20:00:00" }),
    fields: [
      { path: "days", label: "days", kind: "several", options: DAYS },
      { path: "from", label: "from", kind: "text", required: true, ltr: true },
      { path: "to", label: "to", kind: "text", required: true, ltr: true },
    ],
  };
}

export function closedDatesAt(path: string): Field {
  return { path, label: "closed_on", hint: "dates", kind: "lines" };
}
