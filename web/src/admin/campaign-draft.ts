// What may be said of a campaign, and what a new one begins with: the values that the server would give
// it by itself, where there are any.
import type { Field } from "./field";
import { DAYS } from "./hours";
import { CONNECT_FROM, CONSENTS, LAW } from "./law-fields";

/** Most live attempts: of those for which agents are free, or of those that a forecast allows. */
const liveTo = (max: number): Field => ({
  path: "max_live",
  label: "max_live",
  kind: "number",
  min: 1,
  max,
});
const MAX_LIVE = liveTo(1000);

const MODE: Field = {
  path: "mode",
  label: "mode",
  kind: "union",
  tag: "kind",
  variants: {
    predictive: [liveTo(5000)],
    progressive: [MAX_LIVE],
    power: [
      {
        path: "attempts_per_agent_tenths",
        label: "attempts_per_agent_tenths",
        hint: "tenths",
        kind: "number",
        min: 10,
        max: 100,
      },
      MAX_LIVE,
    ],
    preview: [
      { path: "look_s", label: "look_s", kind: "number", min: 5, max: 300 },
      { path: "may_skip", label: "may_skip", kind: "switch" },
    ],
    manual: [],
    agentless: [MAX_LIVE],
  },
};

const PACING: readonly Field[] = [
  {
    path: "pacing.target_permille",
    label: "target_permille",
    hint: "target",
    kind: "number",
    min: 1,
    max: 1000,
  },
  { path: "pacing.strict", label: "strict", kind: "switch" },
  {
    path: "pacing.give_up_after_s",
    label: "give_up_after_s",
    hint: "giveUp",
    kind: "number",
    min: 15,
    max: 60,
  },
  { path: "pacing.rank", label: "rank", kind: "select", options: ["high", "medium", "low"] },
  { path: "pacing.weight", label: "weight", kind: "number", min: 1, max: 100 },
];

const DISPOSITIONS: Field = {
  path: "dispositions",
  label: "dispositions",
  kind: "rows",
  // A campaign without its own has the standard set, and none has no choice at all.
  leftOut: true,
  fresh: () => ({ code: "", label: "", hot_key: null, note_required: false, flags: {} }),
  fields: [
    { path: "label", label: "label", kind: "text", required: true, max: 60 },
    {
      path: "code",
      label: "code",
      hint: "dispositionCode",
      kind: "text",
      required: true,
      max: 32,
      ltr: true,
    },
    { path: "hot_key", label: "hot_key", hint: "hotKey", kind: "text", max: 1 },
    { path: "recycle_after_s", label: "recycle_after_s", kind: "number", min: 60 },
    { path: "flags.success", label: "success", kind: "switch" },
    { path: "flags.contact", label: "contact", kind: "switch" },
    { path: "flags.callback", label: "callback", kind: "switch" },
    { path: "flags.dnc", label: "dnc", kind: "switch" },
    { path: "flags.machine", label: "met_machine", kind: "switch" },
    { path: "note_required", label: "note_required", kind: "switch" },
    { path: "form_required", label: "form_required", kind: "switch" },
  ],
};

/** Whom of the lists it dials, by what stands in a column of the file. */
const FILTERS: Field = {
  path: "filters",
  label: "filters",
  hint: "filters",
  kind: "rows",
  fresh: () => ({ column: "", values: [], exclude: false }),
  fields: [
    { path: "column", label: "column", hint: "filterColumn", kind: "text", required: true, max: 100 },
    { path: "values", label: "filterValues", kind: "lines" },
    { path: "exclude", label: "exclude", kind: "switch" },
  ],
};

/** Attempts at a number by the part of its owner's day. */
const QUOTAS: Field = {
  path: "quotas",
  label: "quotas",
  hint: "quotas",
  kind: "rows",
  fresh: () => ({ hours: { days: [...DAYS], from: "09:00:00", to: "12:00:00" }, attempts: 2 }),
  fields: [
    { path: "hours.days", label: "days", kind: "several", options: DAYS },
    { path: "hours.from", label: "from", kind: "text", required: true, ltr: true },
    { path: "hours.to", label: "to", kind: "text", required: true, ltr: true },
    { path: "attempts", label: "quotaAttempts", kind: "number", min: 0, max: 50 },
  ],
};

/** How a machine is told from a person. */
const LISTENING: Field = {
  path: "amd.advanced",
  label: "advanced",
  hint: "listening",
  kind: "more",
  fields: [
    { path: "amd.within_ms", label: "within_ms", kind: "number", min: 1000, max: 10_000 },
    { path: "amd.pause_ms", label: "pause_ms", kind: "number", min: 300, max: 1500 },
    { path: "amd.machine_ms", label: "machine_ms", kind: "number", min: 2000, max: 8000 },
    { path: "amd.beep_within_s", label: "beep_within_s", kind: "number", min: 5, max: 120 },
  ],
};

/** For how long a promised call counts as kept, and who may make it when. */
const PROMISES: Field = {
  path: "callbacks.advanced",
  label: "promises",
  hint: "promises",
  kind: "more",
  fields: [
    { path: "callbacks.window_min", label: "window_min", kind: "number", min: 1, max: 1440 },
    {
      path: "callbacks.to_team_after_min",
      label: "to_team_after_min",
      kind: "number",
      min: 0,
      max: 1440,
    },
    {
      path: "callbacks.to_anyone_after_min",
      label: "to_anyone_after_min",
      kind: "number",
      min: 0,
      max: 1440,
    },
    {
      path: "callbacks.give_up_after_min",
      label: "give_up_after_min",
      kind: "number",
      min: 1,
      max: 10_080,
    },
  ],
};

/** All that may be said of a campaign. */
export const CAMPAIGN_FIELDS: readonly Field[] = [
  { path: "name", label: "name", kind: "text", required: true, max: 100 },
  { path: "lists", label: "lists", kind: "refs", of: "/v1/lists" },
  FILTERS,
  { path: "order", label: "dialOrder", kind: "select", options: ["oldest_first", "newest_first"] },
  { path: "trunks", label: "trunks", kind: "refs", of: "/v1/trunks" },
  { path: "cli", label: "cli", hint: "campaignCli", kind: "text", ltr: true },
  MODE,
  ...PACING,
  { path: "message", label: "message", hint: "message", kind: "clip" },
  {
    path: "opt_out_key",
    label: "opt_out_key",
    hint: "opt_out_key",
    kind: "text",
    ltr: true,
    max: 1,
    pattern: /^[0-9*#]$/,
  },
  { path: "opt_out_notice", label: "opt_out_notice", hint: "opt_out_notice", kind: "clip" },
  { path: "record", label: "record", kind: "switch" },
  { path: "profile", label: "profile", hint: "profile", kind: "ref", of: "/v1/legal-profiles" },
  { path: "consent", label: "consent", kind: "select", options: CONSENTS },
  { path: "ring_timeout_s", label: "ring_timeout_s", kind: "number", min: 15, max: 60 },
  {
    path: "connect_within_ms",
    label: "connect_within_ms",
    hint: "connectWithin",
    kind: "number",
    min: 0,
    max: 2000,
  },
  CONNECT_FROM,
  { path: "amd.judge", label: "judge", kind: "select", options: ["off", "meanwhile", "first"] },
  {
    path: "amd.on_machine",
    label: "on_machine",
    kind: "select",
    options: ["hang_up", "leave_message", "connect"],
  },
  {
    path: "amd.audit_permille",
    label: "audit_permille",
    kind: "number",
    min: 0,
    max: 1000,
  },
  {
    path: "amd.review_permille",
    label: "review_permille",
    hint: "reviewed",
    kind: "number",
    min: 0,
    max: 1000,
  },
  LISTENING,
  { path: "max_attempts", label: "max_attempts", kind: "number", min: 1, max: 100 },
  { path: "max_attempts_24h", label: "max_attempts_24h", kind: "number", min: 1, max: 24 },
  QUOTAS,
  { path: "retry", label: "retry", hint: "retry", kind: "retries" },
  PROMISES,
  { path: "wrap_up_s", label: "wrap_up_s", kind: "number", min: 0, max: 3600 },
  { path: "auto_ready", label: "auto_ready", kind: "switch" },
  ...LAW,
  { path: "notice", label: "notice", hint: "notice", kind: "clip", required: true },
  { path: "script", label: "script", kind: "ref", of: "/v1/scripts" },
  { path: "crm", label: "crm", hint: "crm", kind: "text", ltr: true, max: 2048 },
  DISPOSITIONS,
];

/** Florida and Oklahoma are called an hour less than the rest. */
const untilEight = () => [{ days: [...DAYS], from: "08:00:00", to: "20:00:00" }];

/** A new campaign; what is not here is the server's to choose. */
export const freshCampaign = () => ({
  name: "",
  lists: [],
  filters: [],
  order: "oldest_first",
  trunks: [],
  cli: null,
  mode: { kind: "progressive", max_live: 10 },
  pacing: { rank: "medium", weight: 1, strict: false, target_permille: null },
  notice: "abandoned-notice",
  message: null,
  opt_out_key: null,
  opt_out_notice: null,
  record: false,
  profile: null,
  consent: "none",
  lock_out: { after_abandoned_h: 72, after_machine_h: 72 },
  ring_timeout_s: 25,
  connect_within_ms: 2000,
  connect_from: "answer",
  amd: {
    judge: "off",
    on_machine: "hang_up",
    audit_permille: 50,
    review_permille: 0,
    within_ms: 6000,
    pause_ms: 700,
    machine_ms: 3800,
    beep_within_s: 45,
  },
  max_attempts: 6,
  max_attempts_24h: 3,
  quotas: [],
  retry: {},
  callbacks: {
    window_min: 15,
    to_team_after_min: 5,
    to_anyone_after_min: 10,
    give_up_after_min: 1440,
  },
  wrap_up_s: 30,
  auto_ready: true,
  abandon: { formula: "us", limit_permille: 30, over: "days30", zone: "America/New_York" },
  window: {
    profile: "us",
    hours: [{ days: [...DAYS], from: "08:00:00", to: "21:00:00" }],
    closed_on: [],
    regions: { "US-FL": untilEight(), "US-OK": untilEight() },
    holidays: {},
  },
  script: null,
  crm: null,
});
