import { afterEach, expect, it, vi } from "vitest";

import { forget, heard, serverNow } from "./clock";

afterEach(() => {
  forget();
  vi.useRealTimers();
});

it("shows the server's time on a computer whose clock is an hour ahead", () => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T10:00:00Z") });
  heard("2026-11-22T08:59:59.900Z");
  heard("2026-11-22T08:59:59.990Z");
  expect(new Date(serverNow()).toISOString()).toBe("2026-11-22T08:59:59.990Z");
});
