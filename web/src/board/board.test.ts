import { describe, expect, it } from "vitest";

import type { AgentView, Call } from "../api/words";
import { sums } from "../desk/my-day";
import { duration, hourIn } from "../i18n/format";
import { sampleAgent } from "../live/sample";
import { inOrder } from "./agents";
import { nearness } from "./gauge";

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

describe("an agent's figures", () => {
  it("count calls and not the agent's own line (R88, R92, R93)", () => {
    const call = (more: Partial<Call>): Call => ({
      id: "1",
      abandoned: false,
      noticed: false,
      called: "",
      calling: "",
      direction: "outbound",
      started_at: "2026-11-22T09:00:00Z",
      ...more,
    });
    const calls = [
      call({ connected_at: "2026-11-22T09:00:05Z", talk_ms: 61_000, disposition: "sale" }),
      call({ connected_at: "2026-11-22T09:02:05Z", talk_ms: 4000 }),
      call({}),
      call({ direction: "line", talk_ms: 3_600_000 }),
    ];
    expect(sums(calls)).toEqual({
      total: 3,
      handled: 2,
      talkMs: 65_000,
      longestMs: 61_000,
      withResult: 1,
    });
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
