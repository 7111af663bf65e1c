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

/** A country or a part of one, by ISO 3166: `GB`, `US-FL`. */
const REGION: Field = {
  path: "key",
  label: "regionCode",
  hint: "regionCode",
  kind: "text",
  required: true,
  ltr: true,
  max: 6,
  pattern: /^\s*[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?\s*$/,
};

/** Hours of their own in one region. */
export function regionHoursAt(path: string): Field {
  return {
    path,
    label: "regionHours",
    kind: "keyed",
    fresh: () => ({ key: "", value: [{ days: [...DAYS], from: "09:00:00", to: "20:00:00" }] }),
    fields: [REGION, hoursAt("value", "hours")],
  };
}

/** Days on which one region is not called. */
export function holidaysAt(path: string): Field {
  return {
    path,
    label: "holidays",
    kind: "keyed",
    fresh: () => ({ key: "", value: [] }),
    fields: [REGION, { path: "value", label: "closed_on", hint: "dates", kind: "lines" }],
  };
}
