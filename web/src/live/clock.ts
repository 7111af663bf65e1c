// The server's clock as far as this page can tell: a browser whose clock is wrong still shows right
// timers. The smallest difference seen is the one with the least network in it.

let behind: number | undefined;

/** Learns from something that the server stamped just now. */
export function heard(stamp: string, at = Date.now()): void {
  const difference = at - Date.parse(stamp);
  if (Number.isNaN(difference)) return;
  behind = behind === undefined ? difference : Math.min(behind + 1, difference);
}

/** Now, in milliseconds, as the server would say. */
export function serverNow(): number {
  return Date.now() - (behind ?? 0);
}

/** Forgets what was learnt; for tests. */
export function forget(): void {
  behind = undefined;
}
