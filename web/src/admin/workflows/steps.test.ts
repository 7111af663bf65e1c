/* oxlint-disable unicorn/no-thenable -- `then` is the API’s word for the way on */
// Every edit leaves a workflow whose ways say what they said before, but for what was edited.
import { describe, expect, it } from "vitest";

import { faultsByStep } from "./faults";
import { bodyOf, valuesOf } from "./rehearsal";
import { formOf, pathIn, stepOf, twice } from "./step-fields";
import { added, changes, KINDS, freshStep, moved, orderOf, removed, renamed, same, turned, waysOf } from "./steps";
import type { Workflow } from "./steps";
import { fromTemplate, TEMPLATES } from "./templates";
import { type Rung, visitsOf, walkedOf } from "./words";

const QUEUE = "00000000-0000-0000-0000-000000000001";

function menu(): Workflow {
  return fromTemplate("menu", "Front", [QUEUE]);
}

describe("editing", () => {
  it("renames a step wherever it is named", () => {
    const now = renamed(menu(), "first-queue", "sales");
    const step = now.steps.menu;
    expect(step && waysOf(step).map(({ to }) => to)).toEqual([
      "sales",
      "second-queue",
      "message",
      "sales",
    ]);
    expect(orderOf(now)).toEqual(["menu", "sales", "second-queue", "message"]);
    expect(renamed(menu(), "menu", "front").start).toBe("front");
    expect(same(renamed(now, "sales", "first-queue"), menu())).toBe(true);
  });

  it("leaves ways to a removed step leading nowhere, and the next step first", () => {
    const now = removed(menu(), "first-queue");
    const step = now.steps.menu;
    expect(step && waysOf(step).filter(({ to }) => to === "")).toHaveLength(2);
    expect(removed(menu(), "menu").start).toBe("first-queue");
    expect(removed(fromTemplate("blank", "x", []), "x").start).toBe("");
  });

  it("adds after the chosen step under a name that is free", () => {
    const [once, first] = added(menu(), "hang_up", "menu");
    const [twiceAdded, second] = added(once, "hang_up", first);
    expect([first, second]).toEqual(["hang-up", "hang-up-2"]);
    expect(orderOf(twiceAdded).slice(0, 3)).toEqual(["menu", "hang-up", "hang-up-2"]);
    expect(added(fromTemplate("blank", "x", []), "play")[0].start).toBe("play");
  });

  it("moves a step in the list and nothing else, and not past the ends", () => {
    const now = moved(menu(), "message", -1);
    expect(orderOf(now)).toEqual(["menu", "first-queue", "message", "second-queue"]);
    expect(now.steps).toEqual(menu().steps);
    expect(moved(now, "menu", -1)).toBe(now);
  });

  it("keeps the ways that two kinds of step share", () => {
    expect(turned({ do: "play", clip: "hello", then: "menu" }, "set")).toMatchObject({
      do: "set",
      then: "menu",
    });
  });

  it("lists the steps as callers come to them where no order was kept", () => {
    const { order: _, ...plain } = menu();
    expect(orderOf(plain)).toEqual(["menu", "first-queue", "second-queue", "message"]);
  });

  it("says which steps differ between two versions", () => {
    const now = renamed(menu(), "message", "voicemail");
    expect(changes(menu(), now)).toEqual({
      added: ["voicemail"],
      removed: ["message"],
      changed: ["menu"],
    });
  });
});

describe("forms", () => {
  it("every kind of step comes out of its form as it went in", () => {
    for (const kind of KINDS) {
      // A mailbox of nobody is left out, and the server says that it wants one.
      const step =
        kind === "voicemail"
          ? { do: kind, mailbox: { of: "queue" as const, queue: QUEUE } }
          : freshStep(kind);
      expect(stepOf(kind, formOf(step)), kind).toEqual(step);
    }
  });

  it("the first of two rows for the same keys counts, and both are told", () => {
    const form = formOf(freshStep("gather"));
    form.choices = [
      { on: "1", to: "a" },
      { on: "1", to: "b" },
    ];
    expect(stepOf("gather", form)).toMatchObject({ choices: { "1": "a" } });
    expect(twice(form)).toEqual(["1"]);
  });

  it("a fault of a choice stands at its row", () => {
    const form = { choices: [{ on: "9" }, { on: "1" }] };
    expect(pathIn(form, "choices.1")).toBe("choices.1.to");
    expect(pathIn(form, "choices.7")).toBe("choices");
    expect(pathIn(form, "hours.0.from")).toBe("hours.0.from");
  });

  it("templates name only steps that they have", () => {
    for (const template of TEMPLATES) {
      const { steps, start } = fromTemplate(template, "x", [QUEUE]);
      const named = [start, ...Object.values(steps).flatMap(waysOf).map(({ to }) => to)];
      expect(named.filter((to) => to !== "" && !Object.hasOwn(steps, to))).toEqual([]);
    }
  });
});

describe("what the server says", () => {
  it("stands at the step that it names, whatever its name has in it", () => {
    const errors = [
      { field: "/steps/menu/choices/1", expected: "a" },
      { field: "/steps/a~1b/then", expected: "b" },
      { field: "/steps/menu", expected: "c" },
      { field: "/name", expected: "d" },
    ];
    const told = faultsByStep({ type: "", title: "", status: 422, errors });
    expect(told.steps.get("menu")).toEqual([
      { field: "choices.1", expected: "a" },
      { field: "", expected: "c" },
    ]);
    expect(told.steps.get("a/b")).toEqual([{ field: "then", expected: "b" }]);
    expect(told.whole).toEqual([{ field: "/name", expected: "d" }]);
  });

  it("is one visit a step, and a way between two visits", () => {
    const at = { at_ms: 0 };
    const rungs: Rung[] = [
      { ...at, step: "menu", what: "entered" },
      { ...at, step: "menu", what: "pressed", key: "1" },
      { ...at, step: "sales", what: "entered" },
      { ...at, step: "sales", what: "left", exit: { to: "hang_up" } },
    ];
    expect(visitsOf(rungs).map(({ step, rungs: inner }) => [step, inner.length])).toEqual([
      ["menu", 1],
      ["sales", 1],
    ]);
    expect([...walkedOf(rungs).ways]).toEqual(["menu sales"]);
  });

  it("values are lines, and a server that is gone is not asked", () => {
    expect(valuesOf("tier = gold\nnonsense\n=x\na=b=c")).toEqual({ tier: "gold", a: "b=c" });
    const body = bodyOf(menu(), {
      calling: " +1 ",
      called: "+2",
      at: "",
      keys: "1 , 2",
      known: false,
      lead: "a=b",
      servers: { gone: "x=y" },
    });
    expect(body).toMatchObject({ calling: "+1", keys: "1,2", at: null, lead: null, webhooks: {} });
  });
});
