import { describe, expect, it } from "vitest";

import { dayIn, isOffHours, isWithin, isZone, slotsOf, spanOf, zonesOf } from "./clocks";

const times = (day: string, zone: string) => slotsOf(day, zone, 30).map(({ time }) => time);

describe("a person's clock", () => {
  const winter = Date.parse("2026-12-01T12:00:00Z");

  it("is theirs where it is known", () => {
    const zones = ["America/Chicago"];
    expect(zonesOf({ zone: "Europe/London", zones }, winter)).toEqual(["Europe/London"]);
  });

  it("is each that it may be, once for each time, the earliest first", () => {
    const zones = ["America/New_York", "America/Chicago", "America/Detroit", "Mars/Olympus"];
    expect(zonesOf({ zone: null, zones }, winter)).toEqual(["America/Chicago", "America/New_York"]);
    // Arizona keeps Denver's time in winter and Los Angeles' in summer.
    const west = ["America/Phoenix", "America/Los_Angeles"];
    expect(zonesOf({ zones: west }, winter)).toHaveLength(2);
    expect(zonesOf({ zones: west }, Date.parse("2026-07-01T12:00:00Z"))).toHaveLength(1);
  });

  it("is none where nobody knows", () => {
    expect(zonesOf(undefined, winter)).toEqual([]);
    expect(zonesOf({ zone: "Mars/Olympus", zones: [] }, winter)).toEqual([]);
  });
});

describe("a day by another clock", () => {
  it("is every moment of it, from its own midnight on", () => {
    const slots = slotsOf("2026-12-01", "America/New_York");
    expect(slots).toHaveLength(288);
    expect(slots[0]).toEqual({
      at: Date.parse("2026-12-01T05:00:00Z"),
      time: "00:00",
      offset: undefined,
    });
    expect(slots.at(-1)?.time).toBe("23:55");
    // The farthest to both sides.
    expect(slotsOf("2026-12-01", "Pacific/Kiritimati")[0]?.at).toBe(
      Date.parse("2026-11-30T10:00:00Z"),
    );
    expect(slotsOf("2026-12-01", "Pacific/Pago_Pago").at(-1)?.at).toBe(
      Date.parse("2026-12-02T10:55:00Z"),
    );
    expect(slotsOf("2026-12-01", "Asia/Kathmandu")).toHaveLength(288);
  });

  it("has no time that the clocks leap over", () => {
    const spring = times("2026-03-29", "Europe/Berlin");
    expect(spring).toHaveLength(46);
    expect(spring).toContain("01:30");
    expect(spring).not.toContain("02:00");
    expect(spring).not.toContain("02:30");
    expect(spring).toContain("03:00");
    // Where midnight itself is leapt over, the day begins at one.
    expect(times("2026-04-24", "Africa/Cairo")[0]).toBe("01:00");
  });

  it("has a time that the clocks show twice as two moments, and says which is which", () => {
    const autumn = slotsOf("2026-10-25", "Europe/Berlin", 30);
    expect(autumn).toHaveLength(50);
    expect(autumn.filter(({ time }) => time === "02:30")).toEqual([
      { at: Date.parse("2026-10-25T00:30:00Z"), time: "02:30", offset: "+02:00" },
      { at: Date.parse("2026-10-25T01:30:00Z"), time: "02:30", offset: "+01:00" },
    ]);
    expect(autumn.filter(({ offset }) => offset).map(({ time }) => time)).toEqual([
      "02:00",
      "02:30",
      "02:00",
      "02:30",
    ]);
    const west = slotsOf("2026-11-01", "America/St_Johns", 30);
    expect(west.find(({ offset }) => offset)?.offset).toBe("-02:30");
  });

  it("that a place never had is empty, and so is what is no day", () => {
    expect(slotsOf("2011-12-30", "Pacific/Apia")).toEqual([]);
    expect(slotsOf("tomorrow", "Europe/Berlin")).toEqual([]);
  });

  it("is not the same day everywhere", () => {
    const at = Date.parse("2026-12-01T02:00:00Z");
    expect(dayIn("America/Los_Angeles", at)).toBe("2026-11-30");
    expect(dayIn("Asia/Tokyo", at)).toBe("2026-12-01");
  });

  it("needs a zone that the browser knows", () => {
    expect(isZone("Europe/London")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
    expect(isZone(null)).toBe(false);
    expect(isZone("")).toBe(false);
  });
});

describe("hours in which somebody may be called", () => {
  const open = [
    { from: "2026-12-01T13:00:00Z", to: "2026-12-02T02:00:00Z" },
    { from: "2026-12-02T13:00:00Z", to: "2026-12-03T02:00:00Z" },
  ];
  const within = (at: string) => isWithin(open, Date.parse(at));

  it("are from the first moment to the one before the last", () => {
    expect(within("2026-12-01T13:00:00Z")).toBe(true);
    expect(within("2026-12-01T12:55:00Z")).toBe(false);
    expect(within("2026-12-02T01:55:00Z")).toBe(true);
    expect(within("2026-12-02T02:00:00Z")).toBe(false);
    expect(isWithin([], Date.parse("2026-12-01T13:00:00Z"))).toBe(false);
  });

  it("are asked for as long as it is that day anywhere, in less than a week", () => {
    for (const zone of ["Pacific/Kiritimati", "America/New_York", "Pacific/Pago_Pago"]) {
      const span = spanOf("2026-12-01");
      const slots = slotsOf("2026-12-01", zone);
      expect(Date.parse(span?.from ?? "")).toBeLessThanOrEqual(slots[0]?.at ?? 0);
      expect(Date.parse(span?.until ?? "")).toBeGreaterThan(slots.at(-1)?.at ?? 0);
    }
    expect(spanOf("")).toBeUndefined();
  });

  it("are marked where nobody calls even without a window", () => {
    expect(isOffHours("07:55")).toBe(true);
    expect(isOffHours("08:00")).toBe(false);
    expect(isOffHours("21:00")).toBe(true);
  });
});
