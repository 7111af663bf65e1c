// The one picture of what is live, fed by the event stream alone. The server owns all state; this
// holds the last value of each thing, and forgets what the server says is gone.
//
//   snapshot ──▶ replaces everything      event ──▶ replaces one value
//   any of them ──▶ one notice per frame, however many events came in it
//
// Views are replaced and never changed, so a component that shows one agent draws again only when
// that agent changes.
import type {
  AgentView,
  CallView,
  CampaignView,
  LiveEvent,
  LiveNow,
  Numbered,
  QueueView,
  Totals,
  TrunkView,
} from "../api/words";

type Kind = "agent" | "call" | "campaign" | "queue" | "trunk";

type Views = {
  agent: AgentView;
  call: CallView;
  campaign: CampaignView;
  queue: QueueView;
  trunk: TrunkView;
};

type Shelf<V> = { byId: Map<string, V>; list: readonly V[] | undefined };

type Reader = (from: string, text: string) => void;

export type Schedule = (draw: () => void) => void;

/** A frame where one comes, and a moment where the page is hidden and none does. */
const onFrame: Schedule = (draw) => {
  if (document.hidden) setTimeout(draw, 250);
  else requestAnimationFrame(draw);
};

export class LiveStore {
  /** The newest event that is part of the picture. */
  seq: number | undefined;
  totals: Totals | undefined;
  /** Calls that ended, the newest last: an agent in wrap-up still works on one. */
  readonly ended = new Map<string, CallView>();

  private readonly readers = new Set<Reader>();

  private shelves: { [K in Kind]: Shelf<Views[K]> } = {
    agent: shelf(),
    call: shelf(),
    campaign: shelf(),
    queue: shelf(),
    trunk: shelf(),
  };
  private readonly listeners = new Set<() => void>();
  private pending = false;

  constructor(private readonly schedule: Schedule = onFrame) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Hands on what supervisors write to this agent, once; it is kept nowhere. */
  read = (reader: Reader): (() => void) => {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  };

  one<K extends Kind>(kind: K, id: string | null | undefined): Views[K] | undefined {
    return id ? this.shelves[kind].byId.get(id) : undefined;
  }

  /** Every view of a kind; the same array until one of them changes. */
  all<K extends Kind>(kind: K): readonly Views[K][] {
    const here: Shelf<Views[K]> = this.shelves[kind];
    here.list ??= [...here.byId.values()];
    return here.list;
  }

  replace(now: LiveNow): void {
    for (const kind of Object.keys(this.shelves) as Kind[]) {
      this.shelves[kind].byId.clear();
      this.shelves[kind].list = undefined;
    }
    this.totals = undefined;
    for (const numbered of now.events) this.put(numbered.event);
    this.seq = now.seq;
    this.notify();
  }

  apply(numbered: Numbered): void {
    this.put(numbered.event);
    this.seq = numbered.seq;
    this.notify();
  }

  clear(): void {
    this.ended.clear();
    this.replace({ seq: 0, events: [] });
    this.seq = undefined;
  }

  private put(event: LiveEvent): void {
    switch (event.type) {
      case "agent":
      case "call":
      case "campaign":
      case "queue":
      case "trunk":
        this.keep(event.type, event);
        break;
      case "agent_gone":
        this.drop("agent", event.id);
        break;
      case "call_gone":
        this.remember(event.id);
        this.drop("call", event.id);
        break;
      case "campaign_gone":
        this.drop("campaign", event.id);
        break;
      case "queue_gone":
        this.drop("queue", event.id);
        break;
      case "trunk_gone":
        this.drop("trunk", event.id);
        break;
      case "totals":
        this.totals = event;
        break;
      case "message":
        for (const read of this.readers) read(event.from, event.text);
        break;
      default:
      // A newer server may tell of things that this page does not know.
    }
  }

  private keep<K extends Kind>(kind: K, view: Views[K]): void {
    const here: Shelf<Views[K]> = this.shelves[kind];
    here.byId.set(view.id, view);
    here.list = undefined;
  }

  private drop(kind: Kind, id: string): void {
    this.shelves[kind].byId.delete(id);
    this.shelves[kind].list = undefined;
  }

  private remember(id: string): void {
    const call = this.shelves.call.byId.get(id);
    if (!call) return;
    this.ended.set(id, call);
    if (this.ended.size > ENDED_MAX) {
      const oldest = this.ended.keys().next().value;
      if (oldest !== undefined) this.ended.delete(oldest);
    }
  }

  private notify(): void {
    if (this.pending) return;
    this.pending = true;
    this.schedule(() => {
      this.pending = false;
      for (const listener of this.listeners) listener();
    });
  }
}

function shelf<V>(): Shelf<V> {
  return { byId: new Map<string, V>(), list: undefined };
}

const ENDED_MAX = 20;
