// What the server says when something did not work: RFC 9457, one shape for every refusal.

export type FieldFault = { field: string; expected: string; got?: string | null };

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: FieldFault[] | null;
  references?: { resource: string; id: string; field: string }[] | null;
  retry_after_s?: number | null;
  /** The next moment at which somebody may be called. */
  open_at?: string | null;
};

/** A refusal that was thrown, so that Query can hold it. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "Refused";
  }

  /** The last word of the problem's type, such as `stale`. */
  get kind(): string {
    return this.problem.type.split(":").at(-1) ?? "";
  }
}

/** Any failure as a problem; a network that is gone is one too. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  return { type: "urn:cordboard:problem:unreachable", title: "", status: 0, detail: "" };
}

/** Whether this could have been a problem document. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "type" in value && "status" in value;
}

/** `/after_call/wrap_up_ms` as react-hook-form spells it: `after_call.wrap_up_ms`. */
export function pathOf(pointer: string): string {
  return pointer
    .replace(/^\//, "")
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}
