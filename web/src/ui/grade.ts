// What a leg's figures amount to, in the words of ITU-T G.109: people are satisfied from an opinion of
// 4.0 on, many are dissatisfied below 3.6.
import type { LegView } from "../api/words";

export type Grade = "good" | "fair" | "poor" | "silent";

/** The leg that spoils the call most: one that is not heard, else the one with the lowest score. */
export function worstOf(legs: LegView[]): LegView | undefined {
  const silent = legs.find((leg) => leg.silent);
  const scored = legs.filter((leg) => typeof leg.mos === "number");
  return silent ?? scored.toSorted((a, b) => (a.mos ?? 0) - (b.mos ?? 0))[0];
}

export function gradeOf(leg: Pick<LegView, "mos" | "silent">): Grade | undefined {
  if (leg.silent) return "silent";
  if (typeof leg.mos !== "number") return undefined;
  return leg.mos >= 400 ? "good" : leg.mos >= 360 ? "fair" : "poor";
}
