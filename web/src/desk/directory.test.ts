import { expect, test } from "vitest";

import type { Colleague } from "../api/words";
import { targetsOf } from "./directory";

function colleague(id: string, allowed: Colleague["allowed"]): Colleague {
  return { id, number: 7, name: "Ada Byron", state: "ready", since: "2026-01-01T00:00:00Z", allowed };
}

test("who would take a customer is offered: colleagues, departments, then the phonebook", () => {
  const colleagues = [colleague("a", ["call", "transfer"]), colleague("b", []), colleague("c", ["call"])];
  const loans = { id: "q", name: "Loans", waiting: 3, ready: 0, open: true };
  const shut = { ...loans, id: "r", open: false };
  const taxi = { id: "n", name: "Taxi", number: "+12025550123" };
  expect(targetsOf(colleagues, [loans, shut], [taxi])).toEqual([
    { id: "a", name: "Ada Byron (7)", to: { kind: "agent", agent: "a" } },
    { id: "q", name: "Loans", to: { kind: "queue", queue: "q" } },
    { id: "n", name: "Taxi (+12025550123)", to: { kind: "number", number: "+12025550123" } },
  ]);
});
