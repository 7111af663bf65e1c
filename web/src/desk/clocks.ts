// A day by somebody else's clock, as moments. Where clocks go forward a time of the day is missing, and
// where they go back it stands there twice: nobody can choose what does not exist, and of two equal
// times the one that is meant.
import type { components } from "../../generated/schema";

export type Window = components["schemas"]["CallingWindow"];

export type Slot = {
  /** The moment, in ms. */
  at: number;
  /** What the clock shows then, `09:05`. */
  time: string;
  /** How far the clock is from UTC then, `+02:00`; only where the clock shows the time twice. */
  offset: string | undefined;
};

/** The moments of `day` (`2026-12-01`) by the clock of `zone`, the earliest first. */
export function slotsOf(day: string, zone: string, stepMinutes = 5): Slot[] {
  const read = readerOf(zone);
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (Number.isNaN(noon)) return [];
  const found: Slot[] = [];
  for (let at = noon - WIDEST; at <= noon + WIDEST; at += stepMinutes * MINUTE) {
    const shown = read(at);
    if (shown.day === day) found.push({ at, time: shown.time, offset: undefined });
  }
  const count = new Map<string, number>();
  for (const { time } of found) count.set(time, (count.get(time) ?? 0) + 1);
  for (const slot of found) {
    if (count.get(slot.time) !== 1) slot.offset = offsetOf(read(slot.at), slot.at);
  }
  return found;
}

/** Which day it is in `zone`, `2026-12-01`. */
export function dayIn(zone: string, at: number): string {
  return readerOf(zone)(at).day;
}

/** Whether the browser knows the zone; a server may know younger ones. */
export function isZone(zone: string | null | undefined): zone is string {
  if (!zone) return false;
  try {
    readerOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Whether somebody may be called at `time` (`09:05`) of `day` by the hours of a window; whoever lives
 * in no region that is known is under the hours of all. */
export function isOpen(window: Window, day: string, time: string, region?: string): boolean {
  if (window.profile === "always") return true;
  const codes = region ? [region, region.split("-")[0] ?? region] : [];
  const kept = codes.some((code) => window.holidays?.[code]?.includes(day));
  if (kept || window.closed_on?.includes(day)) return false;
  const weekday = WEEKDAYS[new Date(`${day}T12:00:00Z`).getUTCDay()] ?? "";
  const own = codes.map((code) => window.regions?.[code]).find((hours) => hours !== undefined);
  const exact = `${time}:00`;
  return (own ?? window.hours).some(
    ({ days, from, to }) =>
      days.includes(weekday) && from <= exact && (to === "00:00:00" || exact < to),
  );
}

/** Whether one does not call at this hour wherever somebody lives: what the call's card says too. */
export function isOffHours(time: string): boolean {
  return time < "08:00" || time >= "21:00";
}

type Shown = { day: string; time: string; utc: number };

function readerOf(zone: string): (at: number) => Shown {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (at) => {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(at)) part[type] = value;
    const day = `${part.year}-${part.month}-${part.day}`;
    const time = `${part.hour}:${part.minute}`;
    return { day, time, utc: Date.parse(`${day}T${time}:00Z`) };
  };
}

function offsetOf({ utc }: Shown, at: number): string {
  const minutes = Math.round((utc - at) / MINUTE);
  const two = (n: number) => String(n).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const MINUTE = 60_000;
/** From noon in UTC to the far end of the day in the zone that is farthest from it. */
const WIDEST = 27 * 60 * MINUTE;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
