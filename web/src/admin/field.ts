// How a form is described: one entry a field, its path in the API's body and the kind of input.
import type { Words } from "../i18n/languages";
import type { CollectionPath } from "./collection";

export type FieldWord = keyof Words["fields"];
export type OptionWord = keyof Words["options"];

type Common = {
  /** Where it stands in the body, such as `after_call.wrap_up_ms`. */
  path: string;
  label: FieldWord;
  hint?: keyof Words["hints"];
  required?: boolean;
};

export type Field = Common &
  (
    | { kind: "text"; ltr?: boolean; max?: number; pattern?: RegExp }
    /** Several lines. */
    | { kind: "prose"; max?: number }
    /** The name of something that callers hear. */
    | { kind: "clip" }
    /** One of the steps beside it. */
    | { kind: "step" }
    | { kind: "number"; min?: number; max?: number }
    /** Milliseconds in the API, seconds for people. */
    | { kind: "seconds"; min?: number; max?: number }
    /** A moment, in the viewer's own time. */
    | { kind: "moment" }
    | { kind: "switch" }
    | { kind: "lines" }
    /** When to try again, by outcome. */
    | { kind: "retries" }
    | { kind: "select"; options: readonly OptionWord[]; optional?: boolean }
    | { kind: "several"; options: readonly OptionWord[] }
    | { kind: "ref"; of: CollectionPath }
    | { kind: "refs"; of: CollectionPath }
    | {
        kind: "rows";
        fields: readonly Field[];
        fresh: () => Record<string, unknown>;
        /** No rows are left out of the body: the server has some of its own then. */
        leftOut?: boolean;
      }
    /** Rows of a `key` and a `value`, which the API has as the members of an object. */
    | { kind: "keyed"; fields: readonly Field[]; fresh: () => Record<string, unknown> }
    /** Whose sum an abandon rate is. */
    | { kind: "formula" }
    /** What few ask for, behind a word; its own path leads nowhere. */
    | { kind: "more"; fields: readonly Field[] }
    /** A part that may be missing as a whole, which is null in the API. */
    | { kind: "optional"; fields: readonly Field[]; fresh: () => Record<string, unknown> }
    | { kind: "union"; tag: string; variants: Variants }
  );

/** By the value of the tag, what else there is to say. */
type Variants = Partial<Record<OptionWord, readonly Field[]>>;

type Body = Record<string, unknown>;

/** What `path` leads to in `body`. */
export function valueAt(body: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((here, part) => (here as Body | null | undefined)?.[part], body);
}

/** The body as the API wants it: empty texts and missing choices are null, rows are cleaned alike. */
export function cleaned(body: Body, fields: readonly Field[]): Body {
  const copy = structuredClone(body);
  for (const field of flat(fields)) {
    const value = valueAt(copy, field.path);
    if (field.kind === "rows" && field.leftOut && Array.isArray(value) && value.length === 0) {
      put(copy, field.path, undefined);
    } else if (field.kind === "rows" && Array.isArray(value)) {
      put(
        copy,
        field.path,
        value.map((row) => cleaned(row as Body, field.fields)),
      );
    } else if (field.kind === "keyed" && Array.isArray(value)) {
      put(copy, field.path, membersOf(value as KeyedRow[], field.fields));
    } else if (field.kind === "optional" && value) {
      put(copy, field.path, cleaned(value as Body, field.fields));
    } else if (field.kind === "union" && value) {
      put(copy, field.path, variantOf(value as Body, field));
    } else if (field.kind === "lines" && typeof value === "string") {
      const lines = value.split("\n").map((line) => line.trim());
      put(copy, field.path, lines.filter(Boolean));
    } else if (field.kind === "number" && Number.isNaN(value)) {
      put(copy, field.path, null);
    } else if (value === "" && !field.required) {
      put(copy, field.path, null);
    }
  }
  return copy;
}

/** The fields of a form in one row, with those that stand behind a word. */
export function flat(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) => (field.kind === "more" ? flat(field.fields) : [field]));
}

type KeyedRow = { key: string; value: unknown };

/** The body as a form holds it: the members of an object are rows. */
export function opened(body: Body, fields: readonly Field[]): Body {
  const copy = structuredClone(body);
  for (const { kind, path } of flat(fields)) {
    if (kind !== "keyed") continue;
    const members = Object.entries((valueAt(copy, path) as Body | null | undefined) ?? {});
    put(
      copy,
      path,
      members.map(([key, value]) => ({ key, value })),
    );
  }
  return copy;
}

/** Where the form has what the API calls `path`: a member by its key is a row by its place. */
export function placeOf(path: string, form: Body, fields: readonly Field[]): string {
  const field = flat(fields).find(
    (one) => one.kind === "keyed" && path.startsWith(`${one.path}.`),
  );
  if (!field) return path;
  const [key = "", ...rest] = path.slice(field.path.length + 1).split(".");
  const rows = valueAt(form, field.path) as KeyedRow[];
  const at = rows.findIndex((row) => keyOf(row) === key);
  return at < 0 ? field.path : [field.path, at, "value", ...rest].join(".");
}

/** The rows as members; two rows of one key are one member with the values of both. */
function membersOf(rows: readonly KeyedRow[], fields: readonly Field[]): Body {
  const members: Record<string, unknown> = {};
  for (const row of rows) {
    const { value } = cleaned(row, fields);
    const [key, before] = [keyOf(row), members[keyOf(row)]];
    members[key] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
  }
  return members;
}

function keyOf({ key }: KeyedRow): string {
  return key.trim().toUpperCase();
}

/** A union with the members of its variant and of no other. What is empty is left out: the server has a
 * value for it, or says that it wants one. */
function variantOf(value: Body, field: Extract<Field, { kind: "union" }>): Body {
  const tag = String(value[field.tag]);
  const kept: Body = { [field.tag]: tag };
  for (const { path } of field.variants[tag as OptionWord] ?? []) {
    const given = value[path];
    if (given !== undefined && given !== null && given !== "" && !Number.isNaN(given)) {
      kept[path] = given;
    }
  }
  return kept;
}

function put(body: Body, path: string, value: unknown): void {
  const parts = path.split(".");
  const last = parts.pop() ?? path;
  let here: Body = body;
  for (const part of parts) {
    here[part] ??= {};
    here = here[part] as Body;
  }
  here[last] = value;
}

/** A row of the API without what it only shows. */
export function draftOf(row: Body, shown: readonly string[] = []): Body {
  const left = new Set(["id", "created_at", "updated_at", "version", ...shown]);
  return Object.fromEntries(Object.entries(row).filter(([name]) => !left.has(name)));
}
