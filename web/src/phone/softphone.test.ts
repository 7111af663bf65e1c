import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { LineEvents } from "./line";
import { Softphone, type Token } from "./softphone";

const MINUTE = 60_000;

class Track extends EventTarget {
  stopped = false;
  stop() {
    this.stopped = true;
  }
}

function voiceOf(track: Track): MediaStream {
  return { getTracks: () => [track], getAudioTracks: () => [track] } as unknown as MediaStream;
}

function stage() {
  const track = new Track();
  const line = { renew: vi.fn(), speakInto: vi.fn(async () => undefined), close: vi.fn() };
  let events: LineEvents | undefined;
  let tokens = 0;
  const world = {
    microphone: vi.fn(async () => voiceOf(track)),
    token: vi.fn(async (): Promise<Token> => {
      tokens += 1;
      const expires_at = new Date(Date.now() + 10 * MINUTE).toISOString();
      const password = `token ${tokens}`;
      return { username: "1001", password, domain: "d", realm: "r", websocket_path: "/sip", expires_at };
    }),
    connect: vi.fn(async (_token: Token, _voice: MediaStream, told: LineEvents) => {
      events = told;
      return line;
    }),
  };
  const happens = () => {
    if (!events) throw new Error("nothing was connected");
    return events;
  };
  return { phone: new Softphone(world), track, line, world, happens };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("asks for the microphone, connects, and is ready once the switch has registered it", async () => {
  const { phone, happens } = stage();
  const seen: string[] = [];
  phone.subscribe(() => seen.push(phone.state.is));
  await phone.start();
  happens().registered();
  happens().talking();
  happens().ended();
  expect(seen).toEqual(["asking", "connecting", "ready", "on_line", "ready"]);
});

it("keeps its line while the socket is gone, and says so when there is none", async () => {
  const { phone, happens } = stage();
  await phone.start();
  happens().registered();
  happens().talking();
  happens().disconnected();
  happens().registered();
  expect(phone.state.is).toBe("on_line");
  happens().ended();
  happens().disconnected();
  expect(phone.state.is).toBe("connecting");
});

it.each([
  ["NotAllowedError", "denied"],
  ["NotFoundError", "noMicrophone"],
  ["NotReadableError", "microphoneBusy"],
  ["Error", "insecure"],
])("says why there is no microphone: %s", async (name, fault) => {
  const { phone, world } = stage();
  world.microphone.mockRejectedValueOnce(Object.assign(new Error("no"), { name }));
  await phone.start();
  expect(phone.state).toMatchObject({ is: "failed", fault });
  await phone.start();
  expect(phone.state.is).toBe("connecting");
});

it("renews its token when half of its time is over, and tries again when that fails", async () => {
  const { phone, line, world } = stage();
  await phone.start();
  await vi.advanceTimersByTimeAsync(5 * MINUTE - 1000);
  expect(line.renew).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(line.renew).toHaveBeenLastCalledWith("token 2");
  world.token.mockRejectedValueOnce(new Error("the switch restarts"));
  await vi.advanceTimersByTimeAsync(5 * MINUTE + 10_000);
  expect(line.renew).toHaveBeenLastCalledWith("token 3");
});

it("lets go of everything when it is turned off, also of what was still on its way", async () => {
  const { phone, track, line, world } = stage();
  await phone.start();
  phone.stop();
  expect([track.stopped, line.close.mock.calls.length, phone.state.is]).toEqual([true, 1, "off"]);
  const late = phone.start();
  phone.stop();
  await late;
  expect([phone.state.is, world.connect.mock.calls.length]).toEqual(["off", 1]);
});

it("fails when the headset is pulled out, and when the switch refuses it", async () => {
  const { phone, track, happens } = stage();
  await phone.start();
  track.dispatchEvent(new Event("ended"));
  expect(phone.state).toMatchObject({ is: "failed", fault: "microphoneLost" });
  await phone.start();
  happens().refused("Authentication Error");
  expect(phone.state).toMatchObject({ fault: "unregistered", said: "Authentication Error" });
});
