// Which key chooses which disposition. A row keeps the key that the campaign gave it; rows without one
// take the digits that are left, in their order.
import type { Disposition } from "../api/words";

type Keyed = Pick<Disposition, "code" | "hot_key">;

/** By a row's code its key, spelt as it is pressed; a row beyond the last free digit has none. */
export function keysOf(offered: readonly Keyed[]): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const taken = new Set<string>();
  for (const { code, hot_key } of offered) {
    const own = hot_key?.toUpperCase();
    if (!own || taken.has(own)) continue;
    taken.add(own);
    keys.set(code, own);
  }
  const free = DIGITS.filter((digit) => !taken.has(digit));
  for (const { code } of offered) {
    const digit = keys.has(code) ? undefined : free.shift();
    if (digit) keys.set(code, digit);
  }
  return keys;
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
