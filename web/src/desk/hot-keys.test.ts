import { describe, expect, it } from "vitest";

import { keysOf } from "./hot-keys";

const rows = (...keys: (string | null)[]) =>
  keys.map((hot_key, at) => ({ code: `row${at + 1}`, hot_key }));

describe("the keys of dispositions", () => {
  it("are the rows' own before anybody is counted", () => {
    // The first row has no key: it must not take the 1 that the second owns.
    const keys = keysOf(rows(null, "1", null, "3"));
    expect(Object.fromEntries(keys)).toEqual({ row1: "2", row2: "1", row3: "4", row4: "3" });
  });

  it("are the free digits in the order of the rows, until there are none", () => {
    const keys = keysOf(rows(...Array<null>(10).fill(null)));
    expect([...keys.values()]).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(keys.has("row10")).toBe(false);
  });

  it("are spelt as they are pressed, and never two rows'", () => {
    const keys = keysOf(rows("s", "S", null));
    expect(Object.fromEntries(keys)).toEqual({ row1: "S", row2: "1", row3: "2" });
    expect(new Set(keys.values()).size).toBe(keys.size);
  });
});
