// What the forms of campaigns and legal profiles begin with and allow, against the API's own document.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { CAMPAIGN_FIELDS, freshCampaign } from "./campaign-draft";
import { cleaned, type Field, flat, valueAt } from "./field";
import { freshProfile, PROFILE_FIELDS } from "./law-fields";

type Schema = {
  type?: string | string[];
  $ref?: string;
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
};

const file = join(import.meta.dirname, "../../../admin-api/openapi.json");
const { components } = JSON.parse(readFileSync(file, "utf8")) as {
  components: { schemas: Record<string, Schema> };
};

/** What a reference leads to; of a value that may be null, the value. */
function resolved(schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref) return resolved(components.schemas[schema.$ref.split("/").at(-1) ?? ""]);
  const [only, other] = (schema?.oneOf ?? []).map(resolved).filter((one) => one?.properties);
  return only && !other ? only : schema;
}

function schemaAt(schema: Schema | undefined, path: string): Schema | undefined {
  return path
    .split(".")
    .reduce<Schema | undefined>((here, part) => resolved(here?.properties?.[part]), schema);
}

const bounds = (of: { min?: number; max?: number } | Schema | undefined) =>
  of && ("minimum" in of || "maximum" in of)
    ? [of.minimum, of.maximum]
    : [(of as { min?: number })?.min, (of as { max?: number })?.max];

function wrong(fields: readonly Field[], schema: Schema | undefined): string[] {
  return flat(fields).flatMap((field) => {
    const at = schemaAt(schema, field.path);
    if (field.kind === "union") {
      return Object.entries(field.variants).flatMap(([tag, inner]) => {
        const variant = at?.oneOf?.find((one) => one.properties?.[field.tag]?.enum?.[0] === tag);
        return wrong(inner, variant).map((path) => `${field.path}.${tag}.${path}`);
      });
    }
    if (field.kind !== "number") return [];
    const same = JSON.stringify(bounds(field)) === JSON.stringify(bounds(at));
    return same ? [] : [`${field.path}: ${String(bounds(field))}, not ${String(bounds(at))}`];
  });
}

describe.each([
  ["Campaign", CAMPAIGN_FIELDS, freshCampaign],
  ["LegalProfile", PROFILE_FIELDS, freshProfile],
] as const)("%s", (name, fields, fresh) => {
  const schema = components.schemas[name];

  it("allows the numbers that the API allows", () => {
    expect(wrong(fields, schema)).toEqual([]);
  });

  it("begins with every number that the API does not take as null", () => {
    const missing = flat(fields).filter(({ kind, path }) => {
      const types = [schemaAt(schema, path)?.type].flat();
      return kind === "number" && !types.includes("null") && valueAt(fresh(), path) == null;
    });
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  it("lets numbers rest as long as the server would have them", () => {
    for (const path of ["lock_out.after_abandoned_h", "lock_out.after_machine_h"]) {
      expect(schemaAt(schema, path)?.default).toBe(72);
      expect(valueAt(fresh(), path)).toBe(72);
    }
  });
});

describe("a new campaign", () => {
  it("has the terms of promised calls that the server would give it", () => {
    const terms = resolved(schemaAt(components.schemas.Campaign, "callbacks"))?.properties ?? {};
    const usual = Object.entries(terms).map(([name, member]) => [name, member.default]);
    expect(usual).toHaveLength(4);
    expect(freshCampaign().callbacks).toEqual(Object.fromEntries(usual));
  });

  const sent = () => {
    const body = cleaned({ ...freshCampaign(), name: "Spring" }, CAMPAIGN_FIELDS);
    return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
  };

  it("has the standard dispositions where it names none of its own", () => {
    expect(sent()).not.toHaveProperty("dispositions");
    const none = cleaned({ ...freshCampaign(), dispositions: [] }, CAMPAIGN_FIELDS);
    expect(JSON.parse(JSON.stringify(none))).not.toHaveProperty("dispositions");
    const own = [{ code: "sale", label: "Sale" }];
    const some = cleaned({ ...freshCampaign(), dispositions: own }, CAMPAIGN_FIELDS);
    expect(some.dispositions).toMatchObject(own);
  });
});
