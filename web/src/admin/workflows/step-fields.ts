// The form of each kind of step, and the step that a filled form means.
import { cleaned, type Field } from "../field";
import { closedDatesAt, hoursAt } from "../hours";
import type { Kind, Step } from "./steps";

type Body = Record<string, unknown>;
type Row = { on: string; to: string };

const to = (path: string, label: Extract<Field, { kind: "step" }>["label"]): Field => ({
  path,
  label,
  kind: "step",
});

const THEN = to("then", "wayThen");

export const STEP_FIELDS: Record<Kind, readonly Field[]> = {
  play: [{ path: "clip", label: "clipHeard", kind: "clip", required: true }, THEN],
  gather: [
    { path: "clip", label: "askingClip", kind: "clip" },
    {
      path: "choices",
      label: "choices",
      kind: "rows",
      fresh: () => ({ on: "", to: "" }),
      fields: [
        { path: "on", label: "keys", kind: "text", required: true, ltr: true, max: 32 },
        to("to", "wayTo"),
      ],
    },
    to("otherwise", "wayNothing"),
    { path: "into", label: "into", hint: "into", kind: "text", ltr: true, max: 48 },
    to("then", "wayKept"),
    { path: "digits_min", label: "digits_min", kind: "number", min: 1, max: 32 },
    { path: "digits_max", label: "digits_max", kind: "number", min: 1, max: 32 },
    { path: "wait_ms", label: "keyWait", kind: "seconds", min: 1, max: 60 },
    { path: "tries", label: "tries", kind: "number", min: 1, max: 10 },
  ],
  hours: [
    { path: "time_zone", label: "time_zone", hint: "zone", kind: "text", required: true, ltr: true },
    hoursAt("hours", "open"),
    closedDatesAt("closed_on"),
    to("open", "wayOpen"),
    to("closed", "wayClosed"),
  ],
  branch: [
    { path: "value", label: "value", hint: "value", kind: "text", required: true, ltr: true, max: 48 },
    {
      path: "cases",
      label: "cases",
      kind: "rows",
      fresh: () => ({ on: "", to: "" }),
      fields: [
        { path: "on", label: "caseIs", kind: "text", required: true, max: 256 },
        to("to", "wayTo"),
      ],
    },
    to("otherwise", "wayOtherwise"),
  ],
  set: [
    { path: "value", label: "value", kind: "text", required: true, ltr: true, max: 48 },
    { path: "to", label: "text", kind: "text", required: true, max: 256 },
    THEN,
  ],
  lookup: [to("found", "wayFound"), to("unknown", "wayUnknown")],
  webhook: [
    { path: "url", label: "url", hint: "webhookUrl", kind: "text", required: true, ltr: true, max: 2048 },
    { path: "wait_ms", label: "webhookWait", kind: "seconds", min: 0.1, max: 10 },
    to("then", "wayAnswered"),
    to("failed", "wayFailed"),
  ],
  do_not_call: [to("then", "wayListed"), to("unknown", "wayWithheld")],
  queue: [{ path: "queue", label: "queue", kind: "ref", of: "/v1/queues", required: true }],
  agent: [{ path: "agent", label: "agent", kind: "ref", of: "/v1/agents", required: true }],
  voicemail: [
    {
      path: "mailbox",
      label: "mailbox",
      kind: "union",
      tag: "of",
      variants: {
        queue: [{ path: "queue", label: "queue", kind: "ref", of: "/v1/queues" }],
        agent: [{ path: "agent", label: "agent", kind: "ref", of: "/v1/agents" }],
      },
    },
  ],
  transfer: [{ path: "number", label: "number", hint: "e164", kind: "text", required: true, ltr: true }],
  hang_up: [],
};

/** What the form begins with: choices are rows in it, so that their keys can be changed. */
export function formOf(step: Step): Body {
  const body: Body = structuredClone(step) as Body;
  for (const member of MAPS) {
    if (member in body) body[member] = rowsOf(body[member]);
  }
  return body;
}

/** The step that a form means. Of two rows for the same keys the first counts; see `twice`. */
export function stepOf(kind: Kind, form: Body): Step {
  const body: Body = { ...cleaned(form, STEP_FIELDS[kind]), do: kind };
  for (const member of MAPS) {
    const rows = body[member];
    if (Array.isArray(rows)) {
      const pairs = (rows as Row[]).map(({ on, to: next }) => [on ?? "", next ?? ""]);
      body[member] = Object.fromEntries(pairs.toReversed());
    }
  }
  for (const { path, kind: input } of STEP_FIELDS[kind]) {
    // What was emptied is empty and not left out: the server says what it wants there.
    const texts = input === "step" || input === "ref" || (input === "clip" && kind === "play");
    if (texts && (body[path] === null || body[path] === undefined)) body[path] = "";
  }
  return body as Step;
}

/** Keys that stand in more than one row. */
export function twice(form: Body): string[] {
  const keys = MAPS.flatMap((member) => ((form[member] ?? []) as Row[]).map(({ on }) => on));
  return [...new Set(keys.filter((key, at) => keys.indexOf(key) !== at))];
}

/** Where in the form the server's `choices.1` stands. */
export function pathIn(form: Body, field: string): string {
  const [member = "", ...rest] = field.split(".");
  if (!MAPS.some((one) => one === member) || rest.length === 0) return field;
  const rows = (form[member] ?? []) as Row[];
  const at = rows.findIndex(({ on }) => on === rest.join("."));
  return at < 0 ? member : `${member}.${at}.to`;
}

function rowsOf(map: unknown): Row[] {
  return Object.entries((map ?? {}) as Record<string, string>).map(([on, next]) => ({
    on,
    to: next,
  }));
}

const MAPS = ["choices", "cases"] as const;
