// Times, durations and shares as people read them. Times are in the viewer's zone unless one is named.

/** `4:07`, or `1:02:33` from an hour on. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function clock(at: string | number, language: string, timeZone?: string): string {
  const style: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  return format(at, language, timeZone ? { ...style, timeZone } : style);
}

export function moment(at: string | number, language: string, timeZone?: string): string {
  const style: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };
  return format(at, language, timeZone ? { ...style, timeZone } : style);
}

/** A moment as an input of date and time has it, in the viewer's zone; empty where it is none. */
export function localOf(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The moment that such an input means; empty where it means none. */
export function momentOf(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

export function percent(share: number, language: string, digits = 1): string {
  const style = { style: "percent", maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(language, style).format(share);
}

/** The hour of the day in a zone, 0 to 23; undefined where the zone is not one. */
export function hourIn(timeZone: string, at: number): number | undefined {
  try {
    const style = { hour: "numeric", hourCycle: "h23", timeZone } as const;
    return Number(new Intl.DateTimeFormat("en", style).format(at));
  } catch {
    return undefined;
  }
}

function format(at: string | number, language: string, style: Intl.DateTimeFormatOptions): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  try {
    return new Intl.DateTimeFormat(language, style).format(date);
  } catch {
    return new Intl.DateTimeFormat(language, { ...style, timeZone: "UTC" }).format(date);
  }
}
