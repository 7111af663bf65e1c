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

/** Who would take a customer now: free colleagues, then departments. */
export function targetsOf(colleagues: Colleague[], departments: Department[]): Target[] {
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
  ];
}
