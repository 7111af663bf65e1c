import { describe, expect, it } from "vitest";

import type { LegView } from "../api/words";
import { gradeOf, worstOf } from "./grade";

const leg = (mos: number | null, silent = false): LegView => ({ mos, silent });

describe("how a call is heard", () => {
  it("is as its worst leg is heard, and nothing of a leg without a score", () => {
    expect(worstOf([leg(431), leg(288), leg(null)])?.mos).toBe(288);
    expect(worstOf([leg(null)])).toBeUndefined();
  });

  it("is silence before any score", () => {
    expect(worstOf([leg(120), leg(430, true)])?.silent).toBe(true);
    expect(gradeOf(leg(430, true))).toBe("silent");
  });

  it("is graded by the recommendation's own limits", () => {
    expect([400, 399, 360, 359, 100].map((mos) => gradeOf(leg(mos)))).toEqual([
      "good",
      "fair",
      "fair",
      "poor",
      "poor",
    ]);
  });
});
