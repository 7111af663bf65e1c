import { describe, expect, it } from "vitest";

import { differences } from "./difference";

describe("the difference of two states", () => {
  it("names what changed, what came and what went, and nothing else", () => {
    const before = { name: "Sales", places: 10, hours: [{ from: "09:00" }], music: "a" };
    const after = { name: "Loans", places: 10, hours: [{ from: "08:00" }, { from: "13:00" }] };
    expect(differences(before, after)).toEqual([
      { field: "hours[0].from", before: "09:00", after: "08:00" },
      { field: "hours[1].from", after: "13:00" },
      { field: "music", before: "a" },
      { field: "name", before: "Sales", after: "Loans" },
    ]);
  });

  it("is empty where there is nothing to tell", () => {
    expect(differences(null, undefined)).toEqual([]);
    expect(differences({ a: null }, { a: undefined })).toEqual([]);
  });

  it("tells false and nought from nothing", () => {
    expect(differences(null, { on: false, count: 0 })).toEqual([
      { field: "count", after: "0" },
      { field: "on", after: "false" },
    ]);
  });
});
