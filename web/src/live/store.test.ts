// The picture that every page draws from.
import { describe, expect, it } from "vitest";

import type { AgentView, LiveEvent } from "../api/words";
import { AT, sampleAgent, sampleCall } from "./sample";
import { LiveStore, type Schedule } from "./store";

function agent(id: string, state: AgentView["state"] = "ready"): LiveEvent {
  return { type: "agent", ...sampleAgent({ id, name: id, state }) };
}

function call(id: string): LiveEvent {
  return { type: "call", ...sampleCall({ id }) };
}

/** A store whose frames come when the test says so. */
function framed() {
  const frames: (() => void)[] = [];
  const schedule: Schedule = (draw) => frames.push(draw);
  const store = new LiveStore(schedule);
  return { store, frame: () => frames.splice(0).forEach((draw) => draw()) };
}

describe("the live store", () => {
  it("holds what a snapshot says and nothing from before it", () => {
    const { store } = framed();
    store.apply({ seq: 7, at: AT, event: agent("rita") });
    store.replace({ seq: 20, events: [{ seq: 12, at: AT, event: agent("paul") }] });
    expect(store.all("agent").map(({ id }) => id)).toEqual(["paul"]);
    expect(store.seq).toBe(20);
  });

  it("tells once a frame, however many events came in it", () => {
    const { store, frame } = framed();
    let told = 0;
    store.subscribe(() => {
      told += 1;
    });
    for (let seq = 1; seq <= 50; seq += 1)
      store.apply({ seq, at: AT, event: agent(`agent ${seq}`) });
    expect(told).toBe(0);
    frame();
    expect(told).toBe(1);
    expect(store.seq).toBe(50);
  });

  it("keeps the views of agents who did not change, so that their rows are not drawn again", () => {
    const { store } = framed();
    store.apply({ seq: 1, at: AT, event: agent("rita") });
    const [before, list] = [store.one("agent", "rita"), store.all("call")];
    store.apply({ seq: 2, at: AT, event: agent("paul", "talking") });
    expect(store.one("agent", "rita")).toBe(before);
    expect(store.all("call")).toBe(list);
  });

  it("remembers a call that ended, for the agent who wraps it up, and no more than twenty", () => {
    const { store } = framed();
    for (let n = 1; n <= 30; n += 1) {
      store.apply({ seq: 2 * n, at: AT, event: call(`call ${n}`) });
      store.apply({ seq: 2 * n + 1, at: AT, event: { type: "call_gone", id: `call ${n}` } });
    }
    expect(store.all("call")).toEqual([]);
    expect(store.ended.get("call 30")?.called).toBe("+12025550123");
    expect(store.ended.size).toBe(20);
    expect(store.ended.has("call 10")).toBe(false);
  });

  it("hands a supervisor's word on once, and keeps it nowhere", () => {
    const { store } = framed();
    const heard: string[] = [];
    store.read((from, text) => heard.push(`${from}: ${text}`));
    const event = { type: "message", to: "rita", from: "Ann", text: "Offer the refund" } as const;
    store.apply({ seq: 3, at: AT, event });
    expect(heard).toEqual(["Ann: Offer the refund"]);
    expect(store.all("agent")).toEqual([]);
  });

  it("passes over what a newer server tells", () => {
    const { store } = framed();
    const event = { type: "weather", id: "rain" } as unknown as LiveEvent;
    store.apply({ seq: 3, at: AT, event });
    expect(store.seq).toBe(3);
  });
});
