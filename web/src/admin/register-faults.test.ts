import { describe, expect, it } from "vitest";

import type { FieldFault, Problem } from "../api/problem";
import { faultyRows } from "./register-faults";

const refused = (errors: FieldFault[]): Problem => ({
  type: "urn:cordboard:problem:invalid",
  title: "",
  status: 422,
  errors,
});
const line = { field: "line 12", expected: "a telephone number", got: "n/a" };
const nothing = { field: "body", expected: "one telephone number a line" };

describe("a register's file that was refused", () => {
  it("shows the rows at fault, and may be imported without them", () => {
    const rows = faultyRows(refused([line]));
    expect(rows?.others).toBe(true);
    expect(rows?.report.faults).toEqual([
      { line: 12, column: 1, header: "", found: "n/a", expected: "a telephone number" },
    ]);
  });

  it("is not offered without them where it has no other rows", () => {
    expect(faultyRows(refused([nothing, line]))?.others).toBe(false);
    expect(faultyRows(refused([nothing]))).toBeUndefined();
  });

  it("has no rows where something else is at fault", () => {
    expect(faultyRows(refused([{ field: "region", expected: "an ISO 3166 code" }]))).toBeUndefined();
    expect(faultyRows(refused([{ field: "line 1", expected: "text" }]))).toBeUndefined();
  });
});
