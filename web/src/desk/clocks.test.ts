import { describe, expect, it } from "vitest";

import { dayIn, isOffHours, isOpen, isZone, slotsOf, type Window } from "./clocks";

const times = (day: string, zone: string) => slotsOf(day, zone, 30).map(({ time }) => time);

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
  const window: Window = {
    profile: "custom",
    hours: [
      { days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00:00", to: "21:00:00" },
      { days: ["sat"], from: "18:00:00", to: "00:00:00" },
    ],
    regions: { "US-FL": [{ days: ["mon"], from: "08:00:00", to: "20:00:00" }] },
    closed_on: ["2026-12-25"],
    holidays: { "GB-SCT": ["2026-11-30"], US: ["2026-11-26"] },
  };

  it("are from the first moment to the one before the last, on the days that are named", () => {
    expect(isOpen(window, "2026-12-01", "08:00")).toBe(true);
    expect(isOpen(window, "2026-12-01", "07:55")).toBe(false);
    expect(isOpen(window, "2026-12-01", "20:55")).toBe(true);
    expect(isOpen(window, "2026-12-01", "21:00")).toBe(false);
    expect(isOpen(window, "2026-12-06", "12:00")).toBe(false);
  });

  it("last until the day's end where they end at midnight", () => {
    expect(isOpen(window, "2026-12-05", "23:55")).toBe(true);
    expect(isOpen(window, "2026-12-05", "17:55")).toBe(false);
  });

  it("are none on a date that is closed, for all or for a region and its parts", () => {
    expect(isOpen(window, "2026-12-25", "12:00")).toBe(false);
    expect(isOpen(window, "2026-11-30", "12:00", "GB-SCT")).toBe(false);
    expect(isOpen(window, "2026-11-30", "12:00", "GB-WLS")).toBe(true);
    expect(isOpen(window, "2026-11-26", "12:00", "US-NY")).toBe(false);
  });

  it("are a region's own where it has some", () => {
    expect(isOpen(window, "2026-11-30", "20:30", "US-FL")).toBe(false);
    expect(isOpen(window, "2026-11-30", "20:30", "US-NY")).toBe(true);
  });

  it("are all where no window binds", () => {
    expect(isOpen({ profile: "always", hours: [] }, "2026-12-06", "03:00")).toBe(true);
  });

  it("are marked where nobody calls even without a window", () => {
    expect(isOffHours("07:55")).toBe(true);
    expect(isOffHours("08:00")).toBe(false);
    expect(isOffHours("21:00")).toBe(true);
  });
});
