// A day by somebody else's clock, as moments. Where clocks go forward a time of the day is missing, and
// where they go back it stands there twice: nobody can choose what does not exist, and of two equal
// times the one that is meant.
import type { components } from "../../generated/schema";

export type Stretch = components["schemas"]["OpenStretch"];

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

/** Where somebody is called: in one zone, or in one of several. */
export type PersonsClock = { zone?: string | null | undefined; zones?: readonly string[] };

/** Their zone; else one for each time that their clock may show, the earliest first. */
export function zonesOf(clock: PersonsClock | null | undefined, at: number): string[] {
  if (isZone(clock?.zone)) return [clock.zone];
  const shown = new Map<number, string>();
  for (const zone of (clock?.zones ?? []).filter(isZone)) {
    const { utc } = readerOf(zone)(at);
    if (!shown.has(utc)) shown.set(utc, zone);
  }
  return [...shown].sort(([one], [other]) => one - other).map(([, zone]) => zone);
}

/** Whether a moment lies in one of these stretches: from the first of each to the one before its end. */
export function isWithin(stretches: readonly Stretch[], at: number): boolean {
  return stretches.some(({ from, to }) => Date.parse(from) <= at && at < Date.parse(to));
}

/** All that can be `day` by some clock, as the API has moments; nothing where it is no day. */
export function spanOf(day: string): { from: string; until: string } | undefined {
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (Number.isNaN(noon)) return undefined;
  const at = (ms: number) => new Date(ms).toISOString();
  return { from: at(noon - WIDEST), until: at(noon + WIDEST) };
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
