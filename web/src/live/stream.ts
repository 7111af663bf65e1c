// The socket that feeds the live store, and what the page may believe about it.
//
//   connecting ──open──▶ live ──lost──▶ reconnecting(n) ──open──▶ live
//        └───────────────▶ reconnecting     │  waits 0.25 s … 5 s, at once when the network is back
//   any ──4001 or 401──▶ signed_out
//
// A socket that comes back names the last event it knows; the server goes on from there, or sends a
// snapshot where that is too long ago. Nothing is lost either way.
import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import type { LiveNow, Numbered } from "../api/words";
import { heard, serverNow } from "./clock";
import type { LiveStore } from "./store";

export type Link =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "reconnecting"; since: number; tries: number }
  | { state: "signed_out" };

/** What the stream needs of its surroundings; tests bring their own. */
export type Ports = {
  ticket: () => Promise<string>;
  open: (url: string) => WebSocket;
  wait: (ms: number, wake: () => void) => () => void;
  random: () => number;
};

export const browser: Ports = {
  ticket: async () => (await answer(api.POST("/v1/events/ticket"))).ticket,
  open: (url) => new WebSocket(url),
  wait: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

export class LiveStream {
  link: Link = { state: "connecting" };
  private socket: WebSocket | undefined;
  private cancelWait: (() => void) | undefined;
  private stopped = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly store: LiveStore,
    private readonly ports: Ports = browser,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): void {
    window.addEventListener("online", this.retryNow);
    window.addEventListener("offline", this.drop);
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    window.removeEventListener("online", this.retryNow);
    window.removeEventListener("offline", this.drop);
    this.cancelWait?.();
    this.socket?.close();
  }

  private retryNow = (): void => {
    if (this.link.state !== "reconnecting") return;
    this.cancelWait?.();
    void this.connect();
  };

  /** A network that is known to be gone will not say so on the socket for a long time. */
  private drop = (): void => {
    this.socket?.close();
  };

  private async connect(): Promise<void> {
    if (this.stopped) return;
    let ticket: string;
    try {
      ticket = await this.ports.ticket();
    } catch (error) {
      if (problemOf(error).status === 401) this.become({ state: "signed_out" });
      else this.retryLater();
      return;
    }
    if (this.stopped) return;
    const query = new URLSearchParams({ ticket });
    if (this.store.seq !== undefined) query.set("after", String(this.store.seq));
    const scheme = location.protocol === "http:" ? "ws" : "wss";
    const socket = this.ports.open(`${scheme}://${location.host}/v1/events?${query}`);
    this.socket = socket;
    socket.addEventListener("open", () => this.become({ state: "live" }));
    socket.addEventListener("message", (message) => this.receive(String(message.data)));
    socket.addEventListener("close", (event) => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      if (event.code === SIGNED_OUT) this.become({ state: "signed_out" });
      else this.retryLater();
    });
  }

  private receive(text: string): void {
    const message = JSON.parse(text) as { snapshot: LiveNow } | Numbered;
    if ("snapshot" in message) {
      this.store.replace(message.snapshot);
      return;
    }
    heard(message.at);
    this.store.apply(message);
  }

  private retryLater(): void {
    if (this.stopped) return;
    const before = this.link.state === "reconnecting" ? this.link : undefined;
    const tries = (before?.tries ?? 0) + 1;
    this.become({ state: "reconnecting", since: before?.since ?? serverNow(), tries });
    const longest = Math.min(250 * 2 ** (tries - 1), 5000);
    // Half of it is chance, so that a floor of desks does not come back in the same moment.
    const ms = longest / 2 + (longest / 2) * this.ports.random();
    this.cancelWait = this.ports.wait(ms, () => void this.connect());
  }

  private become(link: Link): void {
    this.link = link;
    for (const listener of this.listeners) listener();
  }
}

/** The close code of a session that ended. */
const SIGNED_OUT = 4001;
