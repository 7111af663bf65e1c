// A lead as its form has it, and as the API wants it back: custom fields are rows there, and a map here.
import type { components } from "../../generated/schema";
import { problemOf, Refused } from "../api/problem";

type Lead = components["schemas"]["ShownLead"];
type Correction = components["schemas"]["LeadCorrection"];
type Body = Record<string, unknown>;
type Column = { name: string | null; value: string | null };

/** What a form of this lead begins with. */
export function draftOfLead(lead: Lead): Body {
  return {
    number: lead.number,
    number_kind: lead.number_kind,
    other_numbers: lead.other_numbers,
    external_id: lead.external_id ?? "",
    first_name: lead.first_name,
    last_name: lead.last_name,
    zone: lead.zone ?? "",
    region: lead.region ?? "",
    consent: lead.consent ?? null,
    fields: Object.entries(lead.fields).map(([name, value]) => ({ name, value })),
    priority: lead.priority,
  };
}

/** What the form says; a column without a name says nothing. */
export function correctionOf(given: Body): Correction {
  const { other_numbers: numbers, consent, fields, ...rest } = given as Body & {
    other_numbers: { kind: string | null; number: string; passed_over?: boolean | null }[];
    consent: Correction["consent"] | null;
    fields: Column[];
  };
  const named = fields.filter(({ name }) => name?.trim());
  return {
    ...rest,
    number_kind: rest.number_kind ?? "",
    first_name: rest.first_name ?? "",
    last_name: rest.last_name ?? "",
    priority: rest.priority ?? 0,
    other_numbers: numbers.map(({ kind, number, passed_over }) => ({
      kind: kind ?? "",
      number,
      passed_over: passed_over ?? false,
    })),
    consent: consent ? { ...consent, source: consent.source ?? "" } : null,
    fields: Object.fromEntries(named.map(({ name, value }) => [name?.trim(), value ?? ""])),
  } as Correction;
}

/** The same refusal, with a column's fault at the row that has the column. */
export function atItsRow(error: unknown, given: Body): unknown {
  const problem = problemOf(error);
  if (!(error instanceof Refused) || !problem.errors) return error;
  const columns = given.fields as Column[];
  const errors = problem.errors.map((fault) => {
    const name = /^\/fields\/(.+)$/.exec(fault.field)?.[1];
    const at = columns.findIndex((column) => column.name && pointerOf(column.name) === name);
    return at < 0 ? fault : { ...fault, field: `/fields/${at}/value` };
  });
  return new Refused({ ...problem, errors });
}

/** The server takes a dot for the step to a member, as it does in the names of its own fields. */
function pointerOf(name: string): string {
  return name.trim().replaceAll("~", "~0").replaceAll("/", "~1").replaceAll(/[.[]/g, "/").replaceAll("]", "");
}
