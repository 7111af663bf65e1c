/* oxlint-disable unicorn/no-thenable -- `then` is the API’s word for the way on */
// A drawing has every step once, callers go to the right, and no two cards lie on each other.
import { describe, expect, it } from "vitest";

import { HEAD, layout, WIDTH } from "./layout";
import type { Step, Workflow } from "./steps";
import { fromTemplate } from "./templates";

function workflow(steps: Record<string, Step>, start: string): Workflow {
  return { name: "x", start, steps };
}

/** A workflow of `n` menus with ways ahead and back; the same for the same seed. */
function grown(n: number, seed: number): Workflow {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
  const steps: Record<string, Step> = { end: { do: "hang_up" } };
  for (let at = 0; at < n; at += 1) {
    const ahead = at + 1 < n ? `s${at + 1 + next(n - at - 1)}` : "end";
    const choices = { "1": `s${next(n)}`, "2": ahead, "3": "end" };
    steps[`s${at}`] = { do: "gather", choices, otherwise: at + 1 < n ? `s${at + 1}` : "end" };
  }
  return workflow(steps, "s0");
}

describe("a drawing", () => {
  it.each([1, 2, 3, 7, 20, 60])("of %s menus has no card upon another", (n) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { cards, edges, width, height } = layout(grown(n, seed));
      expect(cards).toHaveLength(n + 1);
      for (const one of cards) {
        expect(one.x >= 0 && one.y >= 0).toBe(true);
        expect(one.x + WIDTH <= width && one.y + one.height <= height).toBe(true);
        for (const other of cards) {
          if (one === other || one.x !== other.x) continue;
          const apart = one.y + one.height <= other.y || other.y + other.height <= one.y;
          expect(apart, `${one.name} ${other.name}`).toBe(true);
        }
      }
      for (const { from, to, back } of edges) {
        const [left, right] = [from, to].map((name) => cards.find((card) => card.name === name));
        if (!back) expect((left?.x ?? 0) < (right?.x ?? 0), `${from} ${to}`).toBe(true);
      }
    }
  });

  it("begins at the left, a layer a step", () => {
    const { cards } = layout(fromTemplate("hours", "x", []));
    const at = Object.fromEntries(cards.map((card) => [card.name, card.x]));
    expect(at["opening-hours"]).toBe(0);
    expect(at.answered).toBe(at.message);
    expect((at.answered ?? 0) > WIDTH).toBe(true);
  });

  it("draws a way that goes back beneath everything, and a step that leads to itself", () => {
    const steps: Record<string, Step> = {
      menu: { do: "gather", choices: { "9": "menu" }, otherwise: "end" },
      end: { do: "hang_up" },
    };
    const { edges, height } = layout(workflow(steps, "menu"));
    expect(edges.map(({ to, back }) => [to, back])).toEqual([
      ["menu", true],
      ["end", false],
    ]);
    expect(height > HEAD).toBe(true);
  });

  it("is the same for the same workflow, and is not troubled by what leads nowhere", () => {
    expect(layout(grown(12, 3))).toEqual(layout(grown(12, 3)));
    expect(layout(workflow({}, "")).cards).toEqual([]);
    const lost = workflow({ a: { do: "play", clip: "x", then: "gone" }, b: { do: "hang_up" } }, "a");
    expect(layout(lost).edges).toEqual([]);
    expect(layout(lost).cards).toHaveLength(2);
  });
});
