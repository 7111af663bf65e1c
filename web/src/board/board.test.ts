import { describe, expect, it } from "vitest";

import type { AgentView } from "../api/words";
import { duration, hourIn } from "../i18n/format";
import { sampleAgent } from "../live/sample";
import { inOrder } from "./agents";
import { fullness, nearness } from "./gauge";
import { nextEars } from "./supervision";

function agent(number: number, state: AgentView["state"], since: string): AgentView {
  return sampleAgent({ id: String(number), number, name: `Agent ${number}`, state, since });
}

describe("the board", () => {
  it("puts first who needs a look, and within a state who is longest in it", () => {
    const floor = [
      agent(1, "ready", "2026-11-22T09:00:00Z"),
      agent(2, "wrap_up", "2026-11-22T09:05:00Z"),
      agent(3, "wrap_up", "2026-11-22T09:01:00Z"),
      agent(4, "system", "2026-11-22T09:09:00Z"),
    ];
    expect(inOrder(floor, "", "all").map(({ number }) => number)).toEqual([4, 3, 2, 1]);
    expect(inOrder(floor, "agent 2", "all")).toHaveLength(1);
    expect(inOrder(floor, "", "ready")).toHaveLength(1);
    const asking = { ...agent(5, "ready", "2026-11-22T09:09:00Z"), help: "an angry customer" };
    expect(inOrder([...floor, asking], "", "all")[0]?.number).toBe(5);
  });

  it("warns before the legal ceiling and alarms above it", () => {
    expect([0.01, 0.0225, 0.0226, 0.03, 0.0301].map((rate) => nearness(rate, 0.03))).toEqual([
      "good",
      "good",
      "wrap",
      "wrap",
      "bad",
    ]);
  });
});

describe("the gauge of abandoned calls", () => {
  it("is half full at the cap and full at twice it", () => {
    expect([0, 0.01, 0.02, 0.04, 0.9].map((share) => fullness(share, 0.02))).toEqual([
      0, 0.25, 0.5, 1, 1,
    ]);
  });

  it("is full of anything where nothing may be abandoned", () => {
    expect([fullness(0, 0), fullness(0.001, 0)]).toEqual([0, 1]);
  });
});

describe("at an agent's table", () => {
  it("one toggle goes from listening to whispering to barging, and round again", () => {
    expect(nextEars("listen")).toBe("whisper");
    expect(nextEars("whisper")).toBe("barge");
    expect(nextEars("barge")).toBe("listen");
  });
});

describe("times", () => {
  it("are minutes and seconds, and hours from an hour on", () => {
    expect([0, 999, 247_000, 3_753_000, -5].map(duration)).toEqual([
      "0:00",
      "0:00",
      "4:07",
      "1:02:33",
      "0:00",
    ]);
  });

  it("are those of the person who is called", () => {
    const noon = Date.parse("2026-11-22T12:00:00Z");
    expect([
      hourIn("America/Los_Angeles", noon),
      hourIn("Asia/Tokyo", noon),
      hourIn("Mars/Base", noon),
    ]).toEqual([4, 21, undefined]);
  });
});
