// Which step the server's words are about: `/steps/menu/choices/1` is the step `menu`, its `choices.1`.
import type { Problem } from "../../api/problem";
import { pathOf } from "../../api/problem";

export type Fault = { field: string; expected: string };

export function faultsByStep(problem: Problem | undefined) {
  const steps = new Map<string, Fault[]>();
  const whole: Fault[] = [];
  for (const { field, expected } of problem?.errors ?? []) {
    const [head, name, ...rest] = field.replace(/^\//, "").split("/");
    if (head !== "steps" || name === undefined) {
      whole.push({ field, expected });
      continue;
    }
    const step = pathOf(name);
    const inner = pathOf(rest.join("/"));
    steps.set(step, [...(steps.get(step) ?? []), { field: inner, expected }]);
  }
  const counts = new Map([...steps].map(([name, faults]) => [name, faults.length] as const));
  return { steps, whole, counts };
}
