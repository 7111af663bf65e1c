// The one telephone of this page. It is on again after the page was loaded again, so that an agent whose
// line broke with the page gets it back without a click.
import { useSyncExternalStore } from "react";

import { answer, api } from "../api/client";
import { type PhoneState, Softphone } from "./softphone";

const KEPT_AS = "cordboard.phone";

export const phone = new Softphone({
  microphone: async () => (await import("./sound")).microphone(),
  token: () => answer(api.POST("/v1/me/sip-token")),
  connect: async (...given) => (await import("./line")).connect(...given),
});

export function usePhone(): PhoneState {
  return useSyncExternalStore(phone.subscribe, () => phone.state);
}

export function useVoice(): MediaStream | undefined {
  return useSyncExternalStore(phone.subscribe, () => phone.voice);
}

export function turnOn(): void {
  localStorage.setItem(KEPT_AS, "on");
  void phone.start();
}

export function turnOff(): void {
  localStorage.removeItem(KEPT_AS);
  phone.stop();
}

/** Where it was on before; returns how to let go of it. A page that is left in mid-call asks first. */
export function resume(): () => void {
  const ask = (event: BeforeUnloadEvent) => {
    if (phone.state.is === "on_line") event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  if (localStorage.getItem(KEPT_AS) === "on") void phone.start();
  return () => {
    removeEventListener("beforeunload", ask);
    phone.stop();
  };
}
