// Whom I can call or send a customer to. Colleagues' states are not in an agent's own event stream,
// so the directory is read again while somebody looks at it.
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { Colleague, Department, Destination } from "../api/words";

/** A place that a customer can be sent to. */
export type Target = { id: string; name: string; to: Destination };

export function useDirectory(looking: boolean) {
  return useQuery({
    queryKey: ["my-directory"],
    enabled: looking,
    refetchInterval: 3000,
    queryFn: () => answer(api.GET("/v1/me/directory")),
  });
}

/** The organisation's own numbers outside, for who may send customers there. */
export function usePhonebook(allowed: boolean) {
  return useQuery({
    queryKey: ["phonebook"],
    enabled: allowed,
    queryFn: () => answer(api.GET("/v1/phonebook", { params: { query: { limit: 1000 } } })),
  });
}

/** Who would take a customer now: free colleagues, then departments, then the phonebook. */
export function targetsOf(
  colleagues: Colleague[],
  departments: Department[],
  phonebook: { id: string; name: string; number: string }[],
): Target[] {
  return [
    ...colleagues
      .filter(({ allowed }) => allowed.includes("transfer"))
      .map(({ id, name, number }) => ({
        id,
        name: `${name} (${String(number)})`,
        to: { kind: "agent" as const, agent: id },
      })),
    ...departments.filter(({ open }) => open).map(({ id, name }) => ({
      id,
      name,
      to: { kind: "queue" as const, queue: id },
    })),
    ...phonebook.map(({ id, name, number }) => ({
      id,
      name: `${name} (${number})`,
      to: { kind: "number" as const, number },
    })),
  ];
}
