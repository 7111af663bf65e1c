/* oxlint-disable unicorn/no-thenable -- `then` is the API’s word for the way on */
// A workflow as people change it: its steps in an order, the ways between them, and every edit as a
// pure function. The server checks what comes of it; nothing here refuses.
import type { components } from "../../../generated/schema";

export type Workflow = components["schemas"]["Workflow"];
export type Step = components["schemas"]["WorkflowStep"];
export type Kind = Step["do"];

/** A way from a step: the field that names it, what a caller does to go it, and where it leads. */
export type Way = { field: WayField; on?: string; to: string };
export type WayField =
  | "then"
  | "otherwise"
  | "open"
  | "closed"
  | "found"
  | "unknown"
  | "failed"
  | "choices"
  | "cases";

export const KINDS: readonly Kind[] = [
  "play",
  "gather",
  "hours",
  "branch",
  "set",
  "lookup",
  "webhook",
  "do_not_call",
  "queue",
  "agent",
  "voicemail",
  "transfer",
  "hang_up",
];

/** Every way on, in the order that people read them; none where the caller leaves. */
export function waysOf(step: Step): Way[] {
  const way = (field: WayField, to: string | undefined): Way => ({ field, to: to ?? "" });
  const several = (field: "choices" | "cases", all: Record<string, string> | undefined) =>
    Object.entries(all ?? {}).map(([on, to]) => ({ field, on, to }));
  switch (step.do) {
    case "play":
    case "set":
      return [way("then", step.then)];
    case "gather":
      return [
        ...several("choices", step.choices),
        ...(step.into ? [way("then", step.then)] : []),
        way("otherwise", step.otherwise),
      ];
    case "hours":
      return [way("open", step.open), way("closed", step.closed)];
    case "branch":
      return [...several("cases", step.cases), way("otherwise", step.otherwise)];
    case "do_not_call":
      return [way("then", step.then), way("unknown", step.unknown)];
    case "lookup":
      return [way("found", step.found), way("unknown", step.unknown)];
    case "webhook":
      return [way("then", step.then), way("failed", step.failed)];
    default:
      return [];
  }
}

/** The steps as people see them: their own order first, then as callers come to the others. */
export function orderOf(workflow: Workflow): string[] {
  const isThere = (name: string) => Object.hasOwn(workflow.steps, name);
  const listed = (workflow.order ?? []).filter(isThere);
  const [seen, come] = [new Set(listed), new Set<string>()];
  const next = [workflow.start];
  for (let name = next.shift(); name !== undefined; name = next.shift()) {
    const step = isThere(name) ? workflow.steps[name] : undefined;
    if (!step || come.has(name)) continue;
    come.add(name);
    next.push(...waysOf(step).map(({ to }) => to));
  }
  const rest = [...come, ...Object.keys(workflow.steps)].filter((name) => !seen.has(name));
  return [...listed, ...new Set(rest)];
}

/** Adds a step after another one; its name is its kind's, with a number where that is taken. */
export function added(workflow: Workflow, kind: Kind, after?: string): [Workflow, string] {
  const stem = kind.replaceAll("_", "-");
  let name = stem;
  for (let n = 2; Object.hasOwn(workflow.steps, name); n += 1) name = `${stem}-${n}`;
  const order = orderOf(workflow);
  const at = after === undefined ? -1 : order.indexOf(after);
  order.splice(at < 0 ? order.length : at + 1, 0, name);
  const steps = { ...workflow.steps, [name]: freshStep(kind) };
  return [{ ...workflow, start: workflow.start || name, steps, order }, name];
}

/** Gives a step another name, wherever it is named. */
export function renamed(workflow: Workflow, from: string, to: string): Workflow {
  const call = (name: string) => (name === from ? to : name);
  const steps = Object.entries(workflow.steps).map(
    ([name, step]) => [call(name), redirected(step, call)] as const,
  );
  return {
    ...workflow,
    start: call(workflow.start),
    steps: Object.fromEntries(steps),
    order: orderOf(workflow).map(call),
  };
}

/** Takes a step out; ways to it lead nowhere then, which the server names. */
export function removed(workflow: Workflow, gone: string): Workflow {
  const steps = Object.entries(workflow.steps)
    .filter(([name]) => name !== gone)
    .map(([name, step]) => [name, redirected(step, (to) => (to === gone ? "" : to))] as const);
  const order = orderOf(workflow).filter((name) => name !== gone);
  const start = workflow.start === gone ? (order[0] ?? "") : workflow.start;
  return { ...workflow, start, steps: Object.fromEntries(steps), order };
}

/** Moves a step up or down in the list; its ways stay as they are. */
export function moved(workflow: Workflow, name: string, by: 1 | -1): Workflow {
  const order = orderOf(workflow);
  const at = order.indexOf(name);
  const other = order[at + by];
  if (at < 0 || other === undefined) return workflow;
  order[at] = other;
  order[at + by] = name;
  return { ...workflow, order };
}

export function replaced(workflow: Workflow, name: string, step: Step): Workflow {
  return { ...workflow, steps: { ...workflow.steps, [name]: step } };
}

/** The same step with another thing to do; ways of the same name are kept. */
export function turned(step: Step, kind: Kind): Step {
  const fresh = freshStep(kind) as Record<string, unknown>;
  const old = step as Record<string, unknown>;
  for (const field of ["then", "otherwise", "clip", "queue", "agent"]) {
    if (field in fresh && old[field]) fresh[field] = old[field];
  }
  return fresh as Step;
}

/** What a step of this kind begins as. */
export function freshStep(kind: Kind): Step {
  switch (kind) {
    case "play":
      return { do: kind, clip: "", then: "" };
    case "gather":
      return {
        do: kind,
        clip: null,
        digits_min: 1,
        digits_max: 1,
        wait_ms: 5000,
        tries: 3,
        choices: { "1": "" },
        into: null,
        then: "",
        otherwise: "",
      };
    case "hours":
      return {
        do: kind,
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        hours: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00:00", to: "17:00:00" }],
        closed_on: [],
        open: "",
        closed: "",
      };
    case "branch":
      return { do: kind, value: "", cases: { "": "" }, otherwise: "" };
    case "set":
      return { do: kind, value: "", to: "", then: "" };
    case "lookup":
      return { do: kind, found: "", unknown: "" };
    case "webhook":
      return { do: kind, url: "https://", wait_ms: 3000, then: "", failed: "" };
    case "do_not_call":
      return { do: kind, then: "", unknown: "" };
    case "queue":
      return { do: kind, queue: "" };
    case "agent":
      return { do: kind, agent: "" };
    case "voicemail":
      return { do: kind, mailbox: { of: "queue", queue: "" } };
    case "transfer":
      return { do: kind, number: "" };
    case "hang_up":
      return { do: kind };
  }
}

/** Whether two drafts say the same; the order of members of an object says nothing. */
export function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** Which steps of `now` are new, gone or changed beside `before`. */
export function changes(before: Workflow, now: Workflow) {
  const names = Object.keys(now.steps);
  return {
    added: names.filter((name) => !Object.hasOwn(before.steps, name)),
    removed: Object.keys(before.steps).filter((name) => !Object.hasOwn(now.steps, name)),
    changed: names.filter(
      (name) =>
        Object.hasOwn(before.steps, name) && !same(before.steps[name], now.steps[name]),
    ),
  };
}

function redirected(step: Step, call: (name: string) => string): Step {
  const copy = structuredClone(step) as Record<string, unknown>;
  for (const { field, on, to } of waysOf(step)) {
    if (on === undefined) copy[field] = call(to);
    else (copy[field] as Record<string, string>)[on] = call(to);
  }
  return copy as Step;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, member]) => member !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
