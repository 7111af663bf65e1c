// The browser as the agent's telephone (R116): what it is doing, and what goes wrong, in one place. It
// decides nothing about calls: the switch rings, it answers, and every verb is the desk's.
//
//   off ──start──▶ asking ──microphone──▶ connecting ──registered──▶ ready ◀──▶ on_line
//    ▲                │                       ▲            │           (the switch calls, and ends)
//    └──stop── failed ◀── refused, lost       └── the socket is gone: JsSIP comes back by itself
//
// A token stands for the agent's secret and ends; a new one is fetched when half of its time is over.
import type { Line, LineEvents } from "./line";

export type Token = {
  username: string;
  password: string;
  domain: string;
  realm: string;
  websocket_path: string;
  expires_at: string;
};

/** Why there is no telephone; each has its words in `phone.failed`. */
export type Fault =
  | "insecure"
  | "denied"
  | "noMicrophone"
  | "microphoneBusy"
  | "microphoneLost"
  | "noToken"
  | "unregistered";

export type PhoneState =
  | { is: "off" | "asking" | "connecting" | "ready" | "on_line" }
  | { is: "failed"; fault: Fault; said?: string | undefined };

/** What the telephone needs of the world. */
export type World = {
  microphone: () => Promise<MediaStream>;
  token: () => Promise<Token>;
  connect: (token: Token, voice: MediaStream, events: LineEvents) => Promise<Line>;
};

export class Softphone {
  state: PhoneState = { is: "off" };
  /** The microphone, while there is one. */
  voice: MediaStream | undefined;

  private line: Line | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  /** Rises with each start and stop: what an earlier one still waits for comes to nothing. */
  private turn = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly world: World) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  isOn(): boolean {
    return this.state.is !== "off" && this.state.is !== "failed";
  }

  async start(): Promise<void> {
    if (this.isOn()) return;
    this.turn += 1;
    const { turn } = this;
    this.become({ is: "asking" });
    try {
      const voice = await this.world.microphone();
      if (turn !== this.turn) return silence(voice);
      this.voice = voice;
      this.watch(voice);
      this.become({ is: "connecting" });
    } catch (error) {
      if (turn === this.turn) this.fail(faultOf(error));
      return;
    }
    await this.connect(turn, this.voice);
  }

  stop(): void {
    this.release();
    this.become({ is: "off" });
  }

  /** Speaks through another microphone from now on. */
  async speakInto(voice: MediaStream): Promise<void> {
    const before = this.voice;
    this.voice = voice;
    this.watch(voice);
    await this.line?.speakInto(voice);
    if (before) silence(before);
    this.tell();
  }

  private async connect(turn: number, voice: MediaStream): Promise<void> {
    try {
      const token = await this.world.token();
      if (turn !== this.turn) return;
      const line = await this.world.connect(token, voice, this.events(turn));
      if (turn !== this.turn) return line.close();
      this.line = line;
      this.renewAfter(token);
    } catch (error) {
      if (turn === this.turn) this.fail("noToken", error instanceof Error ? error.message : "");
    }
  }

  private events(turn: number): LineEvents {
    const now = (act: () => void) => () => {
      if (turn === this.turn) act();
    };
    return {
      registered: now(() => {
        if (this.state.is !== "on_line") this.become({ is: "ready" });
      }),
      disconnected: now(() => {
        // Audio goes on without the socket, which comes back.
        if (this.state.is !== "on_line") this.become({ is: "connecting" });
      }),
      refused: (cause) => now(() => this.fail("unregistered", cause))(),
      talking: now(() => this.become({ is: "on_line" })),
      ended: now(() => this.become({ is: "ready" })),
    };
  }

  private renewAfter(token: Token): void {
    const left = Date.parse(token.expires_at) - Date.now();
    this.renewal = setTimeout(() => void this.renew(this.turn), Math.max(left / 2, SOONEST));
  }

  private async renew(turn: number): Promise<void> {
    try {
      const token = await this.world.token();
      if (turn !== this.turn) return;
      this.line?.renew(token.password);
      this.renewAfter(token);
    } catch {
      // Half of the old one's time is left: the next try may do.
      if (turn === this.turn) this.renewal = setTimeout(() => void this.renew(turn), SOONEST);
    }
  }

  /** A headset that is pulled out ends its track. */
  private watch(voice: MediaStream): void {
    for (const track of voice.getAudioTracks()) {
      track.addEventListener("ended", () => {
        if (this.voice === voice) this.fail("microphoneLost");
      });
    }
  }

  private fail(fault: Fault, said?: string): void {
    this.release();
    this.become({ is: "failed", fault, said });
  }

  private release(): void {
    this.turn += 1;
    clearTimeout(this.renewal);
    this.line?.close();
    this.line = undefined;
    if (this.voice) silence(this.voice);
    this.voice = undefined;
  }

  private become(state: PhoneState): void {
    this.state = state;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

function silence(voice: MediaStream): void {
  for (const track of voice.getTracks()) track.stop();
}

/** What the browser means by refusing the microphone. */
function faultOf(error: unknown): Fault {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "noMicrophone";
    case "NotReadableError":
      return "microphoneBusy";
    default:
      return "insecure";
  }
}

/** Between two askings for a token, in ms. */
const SOONEST = 10_000;
