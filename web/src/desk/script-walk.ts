// A script as the desk walks it: texts with their places filled, the page that follows, and what has to
// be answered first. The server judges the same again, and owns the answers.
import type { components } from "../../generated/schema";

export type CallSheet = components["schemas"]["CallSheet"];
export type SheetScript = components["schemas"]["SheetScript"];
export type Page = components["schemas"]["ScriptPage"];
export type Question = components["schemas"]["ScriptQuestion"];
export type Answers = Record<string, string>;

/** A text with its places filled; what nobody knows is left out, and doubled braces are one. */
export function filled(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (found, name: string | undefined) => {
    if (found === "{{") return "{";
    if (found === "}}") return "}";
    return name !== undefined && Object.hasOwn(words, name) ? (words[name] ?? "") : "";
  });
}

export function pageOf(script: SheetScript["script"], name: string | null | undefined): Page | undefined {
  return script.pages.find((page) => page.name === name);
}

/** The page that follows; none where the script ends here. */
export function pageAfter(page: Page, answers: Answers): string | undefined {
  for (const { name, ask } of page.questions ?? []) {
    if (ask.kind !== "choice") continue;
    const chosen = ask.options.find(({ value }) => value === answers[name]);
    if (chosen?.next) return chosen.next;
  }
  return page.ends ? undefined : (page.next ?? "");
}

/** Questions of a page that are to be answered before it is left. */
export function openOn(page: Page, answers: Answers): Question[] {
  return (page.questions ?? []).filter(({ name, required }) => required && !answers[name]);
}

/** The page before this one, on the way that the answers make. */
export function pageBefore(
  script: SheetScript["script"],
  answers: Answers,
  name: string,
): string | undefined {
  const seen: string[] = [];
  let here = pageOf(script, script.start);
  while (here && !seen.includes(here.name)) {
    const next = pageAfter(here, answers);
    if (next === name) return here.name;
    seen.push(here.name);
    here = pageOf(script, next);
  }
  return undefined;
}
