// How components read what is live.
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";

import { serverNow } from "./clock";
import { LiveStore } from "./store";
import { type Link, LiveStream } from "./stream";

export type Live = { store: LiveStore; stream: LiveStream };

export const LiveContext = createContext<Live | null>(null);

/** A live picture of one session; it ends with the component that made it. */
export function useNewLive(): Live {
  const [live] = useState(() => {
    const store = new LiveStore();
    return { store, stream: new LiveStream(store) };
  });
  return live;
}

function useLiveContext(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("nothing is live outside of a session");
  return live;
}

/** A part of the picture; `select` must return the same value while nothing changed. */
export function useLive<T>(select: (store: LiveStore) => T): T {
  const { store } = useLiveContext();
  return useSyncExternalStore(store.subscribe, () => select(store));
}

export function useLink(): Link {
  const { stream } = useLiveContext();
  return useSyncExternalStore(stream.subscribe, () => stream.link);
}

/** The server's time in milliseconds, read again every second; it only draws, it decides nothing. */
export function useNow(everyMs = 1000): number {
  const [now, tell] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => tell(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
