// What changed between two states of a thing: the fields that differ, each by its path.

export type Difference = { field: string; before?: string; after?: string };

export function differences(before: unknown, after: unknown): Difference[] {
  const [old, now] = [flat(before), flat(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((field) => {
    const [was, is] = [old.get(field), now.get(field)];
    if (was === is) return [];
    return [{ field, ...(was ? { before: was } : {}), ...(is ? { after: is } : {}) }];
  });
}

/** Every value by its path, `opening.hours[0].from`, as a text. Nothing is not a value. */
function flat(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) return found;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) flat(item, `${path}[${at}]`, found);
  } else if (typeof value === "object") {
    for (const [key, item] of Object.entries(value)) flat(item, path ? `${path}.${key}` : key, found);
  } else found.set(path, String(value));
  return found;
}
