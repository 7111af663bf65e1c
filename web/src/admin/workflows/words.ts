// A workflow in words: what a way is called, what a step does, and what a made-up caller met.
import { useTranslation } from "react-i18next";

import type { components } from "../../../generated/schema";
import { nameOf, useNames } from "../inputs";
import type { Step, Way } from "./steps";

export type Rung = components["schemas"]["Rung"];

/** What one came to at a step, until the next one. */
export type Visit = { step: string; at_ms: number; rungs: Rung[] };

/** The rungs by the step that they happened at, in order. */
export function visitsOf(rungs: readonly Rung[]): Visit[] {
  const visits: Visit[] = [];
  for (const rung of rungs) {
    if (rung.what === "entered" || visits.length === 0) {
      visits.push({ step: rung.step, at_ms: rung.at_ms, rungs: [] });
    }
    if (rung.what !== "entered") visits.at(-1)?.rungs.push(rung);
  }
  return visits;
}

/** The steps that were come to, and the ways between them, spelt `from to`. */
export function walkedOf(rungs: readonly Rung[] | undefined) {
  const steps = visitsOf(rungs ?? []).map(({ step }) => step);
  const ways = steps.slice(1).map((to, at) => wayKey(steps[at] ?? "", to));
  return { steps: new Set(steps), ways: new Set(ways) };
}

export function wayKey(from: string, to: string): string {
  return `${from} ${to}`;
}

export function useWayWords(): (way: Way, step: Step) => string {
  const { t } = useTranslation();
  return ({ field, on }, step) => {
    if (field === "choices") return t("workflow.ways.choices", { keys: on ?? "" });
    if (field === "cases") return t("workflow.ways.cases", { text: on ?? "" });
    if (field === "then" && step.do === "gather") return t("workflow.ways.kept");
    if (field === "then" && step.do === "webhook") return t("workflow.ways.answered");
    if (field === "then" && step.do === "do_not_call") return t("workflow.ways.listed");
    if (field === "unknown" && step.do === "do_not_call") return t("workflow.ways.withheld");
    if (field === "otherwise" && step.do === "gather") return t("workflow.ways.nothing");
    return t(`workflow.ways.${field}`);
  };
}

/** How people call queues and agents, by their ids. */
export function useCalled(): (id: string) => string {
  const all = [useNames("/v1/queues").data, useNames("/v1/agents").data];
  const things = all.flatMap((some) => some ?? []);
  return (id) => {
    const thing = things.find((one) => one.id === id);
    return thing ? nameOf(thing) : "";
  };
}

/** What a step does, as short as a card has room for. */
export function useAbout(): (step: Step) => string {
  const called = useCalled();
  return (step) => {
    switch (step.do) {
      case "play":
        return step.clip;
      case "gather":
        return step.clip ?? "";
      case "hours":
        return step.time_zone;
      case "branch":
      case "set":
        return step.value;
      case "webhook":
        return step.url.replace(/^https?:\/\//, "");
      case "queue":
        return called(step.queue);
      case "agent":
        return called(step.agent);
      case "voicemail":
        return called(step.mailbox.of === "queue" ? step.mailbox.queue : step.mailbox.agent);
      case "transfer":
        return step.number;
      default:
        return "";
    }
  };
}

export function useRungWords(): (rung: Rung) => string {
  const { t } = useTranslation();
  const called = useCalled();
  const exit = (rung: Extract<Rung, { what: "left" }>) => {
    const to = rung.exit;
    switch (to.to) {
      case "queue":
        return t("workflow.exit.queue", { name: called(to.queue) });
      case "agent":
        return t("workflow.exit.agent", { name: called(to.agent) });
      case "voicemail": {
        const { mailbox } = to;
        const name = called(mailbox.of === "queue" ? mailbox.queue : mailbox.agent);
        return t("workflow.exit.voicemail", { name });
      }
      case "number":
        return t("workflow.exit.number", { number: to.number });
      case "hang_up":
        return t("workflow.exit.hang_up");
    }
  };
  return (rung) => {
    switch (rung.what) {
      case "entered":
        return t("workflow.rung.entered");
      case "played":
        return t("workflow.rung.played", { clip: rung.clip });
      case "pressed":
        return t("workflow.rung.pressed", { key: rung.key });
      case "silent":
        return t("workflow.rung.silent");
      case "looked_up":
        return t(rung.found ? "workflow.rung.found" : "workflow.rung.unknown");
      case "asked":
        return t(rung.answered ? "workflow.rung.answered" : "workflow.rung.failed");
      case "forbidden":
        return t("workflow.rung.forbidden", { number: rung.number });
      case "left":
        return exit(rung);
    }
  };
}
