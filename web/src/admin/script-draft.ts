// A script as its form leaves it, made into what the API takes: texts that are empty and not missing,
// choices without a page of their own, and of each question what its kind has.
import type { components } from "../../generated/schema";

type Script = components["schemas"]["Script"];
type Body = Record<string, unknown>;

const KEPT: Record<string, readonly string[]> = {
  choice: ["options"],
  text: ["length_max", "pattern"],
  number: ["low", "high"],
  date: ["from", "to"],
};

export function tidied(draft: unknown): Script {
  const { name, start, pages } = draft as Body;
  return {
    name: text(name),
    start: text(start),
    pages: list(pages).map((page) => ({
      name: text(page.name),
      title: text(page.title),
      text: text(page.text),
      questions: list(page.questions).map((question) => ({
        name: text(question.name),
        label: text(question.label),
        required: question.required === true,
        ask: askOf((question.ask ?? {}) as Body),
      })),
      next: text(page.next),
      ends: page.ends === true,
    })),
  };
}

function askOf(ask: Body): components["schemas"]["ScriptAsk"] {
  const kind = text(ask.kind);
  const kept: Body = { kind };
  for (const member of KEPT[kind] ?? []) {
    const given = ask[member];
    const empty = given === undefined || given === null || given === "" || Number.isNaN(given);
    if (!empty) kept[member] = given;
  }
  if (kind === "choice") {
    kept.options = list(ask.options).map((option) => ({
      value: text(option.value),
      label: text(option.label),
      next: text(option.next) || null,
    }));
  }
  return kept as never;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): Body[] {
  return Array.isArray(value) ? (value as Body[]) : [];
}
