// The socket: it comes back by itself, goes on where it was, and stops when the session ends.
import { afterEach, describe, expect, it, vi } from "vitest";

import { Refused } from "../api/problem";
import { LiveStore } from "./store";
import { LiveStream, type Ports } from "./stream";

const AT = "2026-11-22T09:00:00Z";

class Socket extends EventTarget {
  closed = false;
  constructor(readonly url: string) {
    super();
  }
  close() {
    this.closed = true;
    this.say("close", { code: 1006 });
  }
  say(type: string, members: Record<string, unknown> = {}) {
    this.dispatchEvent(Object.assign(new Event(type), members));
  }
}

function begun(ticket: Ports["ticket"] = async () => "t1") {
  const sockets: Socket[] = [];
  const waits: { ms: number; wake: () => void }[] = [];
  const store = new LiveStore((draw) => draw());
  const stream = new LiveStream(store, {
    ticket,
    open: (url) => {
      const socket = new Socket(url);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    wait: (ms, wake) => {
      waits.push({ ms, wake });
      return () => undefined;
    },
    random: () => 1,
  });
  stream.start();
  return { store, stream, sockets, waits };
}

const settled = () =>
  vi.waitFor(() => undefined).then(() => new Promise((done) => setTimeout(done)));

afterEach(() => vi.restoreAllMocks());

describe("the stream", () => {
  it("asks for what came after the last event that it knows", async () => {
    const { store, stream, sockets, waits } = begun();
    await settled();
    expect(sockets[0]?.url).toMatch(/\/v1\/events\?ticket=t1$/);
    sockets[0]?.say("open");
    expect(stream.link.state).toBe("live");
    sockets[0]?.say("message", { data: JSON.stringify({ snapshot: { seq: 812, events: [] } }) });
    sockets[0]?.say("message", {
      data: JSON.stringify({ seq: 813, at: AT, event: { type: "call_gone", id: "x" } }),
    });
    expect(store.seq).toBe(813);
    sockets[0]?.say("close", { code: 1006 });
    expect(stream.link).toMatchObject({ state: "reconnecting", tries: 1 });
    waits[0]?.wake();
    await settled();
    expect(sockets[1]?.url).toMatch(/after=813$/);
    stream.stop();
  });

  it("waits longer each time, and never more than five seconds", async () => {
    const { stream, waits } = begun(async () => {
      throw new TypeError("the network is gone");
    });
    for (let n = 0; n < 8; n += 1) {
      await settled();
      waits[n]?.wake();
    }
    expect(waits.slice(0, 8).map(({ ms }) => ms)).toEqual([
      250, 500, 1000, 2000, 4000, 5000, 5000, 5000,
    ]);
    stream.stop();
  });

  it("is over when the session is, and asks no more", async () => {
    const { stream, sockets, waits } = begun();
    await settled();
    sockets[0]?.say("close", { code: 4001 });
    expect(stream.link.state).toBe("signed_out");
    expect(waits).toEqual([]);
    stream.stop();
  });

  it("is over when no ticket is to be had", async () => {
    const { stream } = begun(async () => {
      throw new Refused({ type: "urn:cordboard:problem:not-signed-in", title: "", status: 401 });
    });
    await settled();
    expect(stream.link.state).toBe("signed_out");
    stream.stop();
  });

  it("does not wait for its timer when the network is back", async () => {
    const { stream, sockets } = begun();
    await settled();
    sockets[0]?.say("close", { code: 1006 });
    window.dispatchEvent(new Event("online"));
    await settled();
    expect(sockets).toHaveLength(2);
    stream.stop();
  });
});
