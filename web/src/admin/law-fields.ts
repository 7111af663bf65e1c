// What the law asks, as a form has it: the fields of a legal profile, most of which a campaign has too.
import type { Field } from "./field";
import { closedDatesAt, DAYS, holidaysAt, hoursAt, regionHoursAt } from "./hours";

export const CONSENTS = ["none", "express", "written"] as const;

/** From when the time counts within which a person meets an agent. */
export const CONNECT_FROM: Field = {
  path: "connect_from",
  label: "connect_from",
  kind: "select",
  options: ["answer", "greeting"],
};

/** How abandoned calls count, how long a number rests, and when people may be called. */
export const LAW: readonly Field[] = [
  { path: "abandon.formula", label: "formula", kind: "formula" },
  {
    path: "abandon.limit_permille",
    label: "limit_permille",
    hint: "permille",
    kind: "number",
    min: 0,
    max: 1000,
  },
  {
    path: "abandon.over",
    label: "over",
    kind: "select",
    options: ["hours24", "days30", "day", "calendar_month"],
  },
  {
    path: "abandon.zone",
    label: "time_zone",
    hint: "zone",
    kind: "text",
    required: true,
    ltr: true,
  },
  {
    path: "lock_out.after_abandoned_h",
    label: "after_abandoned_h",
    kind: "number",
    min: 0,
    max: 720,
  },
  { path: "lock_out.after_machine_h", label: "after_machine_h", kind: "number", min: 0, max: 720 },
  {
    path: "window.profile",
    label: "window_profile",
    kind: "select",
    options: ["us", "uk", "ca", "au", "de", "custom", "always"],
  },
  hoursAt("window.hours", "hours"),
  closedDatesAt("window.closed_on"),
  regionHoursAt("window.regions"),
  holidaysAt("window.holidays"),
];

/** All that may be said of a legal profile. */
export const PROFILE_FIELDS: readonly Field[] = [
  { path: "name", label: "name", kind: "text", required: true, max: 100 },
  { path: "consent", label: "consent", kind: "select", options: CONSENTS },
  { path: "ring_min_s", label: "ring_min_s", kind: "number", min: 0, max: 60 },
  {
    path: "connect_within_ms",
    label: "connect_within_ms",
    hint: "connectWithin",
    kind: "number",
    min: 0,
    max: 60_000,
  },
  CONNECT_FROM,
  { path: "cancel_ringing", label: "cancel_ringing", kind: "switch" },
  { path: "opt_out_key", label: "opt_out_asked", kind: "switch" },
  { path: "caps.in_24h", label: "in_24h", hint: "noCap", kind: "number", min: 1, max: 24 },
  { path: "caps.in_day", label: "in_day", hint: "noCap", kind: "number", min: 1, max: 24 },
  { path: "caps.in_7d", label: "in_7d", hint: "noCap", kind: "number", min: 1, max: 100 },
  ...LAW,
  {
    path: "sources",
    label: "rule_sources",
    kind: "rows",
    fresh: () => ({ rule: "", basis: "", checked: false }),
    fields: [
      { path: "rule", label: "rule", kind: "text", required: true, ltr: true },
      { path: "basis", label: "basis", kind: "text", required: true },
      { path: "checked", label: "checked", kind: "switch" },
    ],
  },
];

/** A new legal profile. */
export const freshProfile = () => ({
  name: "",
  consent: "none",
  ring_min_s: 15,
  connect_within_ms: 2000,
  connect_from: "answer",
  cancel_ringing: false,
  opt_out_key: false,
  caps: { in_24h: null, in_day: null, in_7d: null },
  abandon: { formula: "us", limit_permille: 30, over: "days30", zone: "America/New_York" },
  lock_out: { after_abandoned_h: 72, after_machine_h: 72 },
  window: {
    profile: "custom",
    hours: [{ days: [...DAYS], from: "09:00:00", to: "20:00:00" }],
    closed_on: [],
    regions: {},
    holidays: {},
  },
  sources: [],
});
