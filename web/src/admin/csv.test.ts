import { describe, expect, it } from "vitest";

import { rowsOf, separatorOf } from "./csv";
import { csvOf } from "./table";

describe("a CSV", () => {
  it("is read with quotes, line ends in cells and a byte order mark (RFC 4180)", () => {
    const text = '\uFEFFnumber,name\r\n+12025550123,"Moreno, ""Rita""\nJr."\r\n+12025550124,Paul';
    expect(rowsOf(text, ",", 10)).toEqual([
      ["number", "name"],
      ["+12025550123", 'Moreno, "Rita"\nJr.'],
      ["+12025550124", "Paul"],
    ]);
  });

  it("is previewed to a hundred rows, whatever its length", () => {
    expect(rowsOf("a\n".repeat(100_000), ",", 101)).toHaveLength(101);
  });

  it("tells its separator by its first line", () => {
    expect(separatorOf('number;"name, first";zone\n1,2,3,4')).toBe(";");
    expect(separatorOf("number\tname")).toBe("\t");
  });

  it("that we write cannot run as a formula, and keeps telephone numbers as they are", () => {
    const columns = [{ id: "a", name: "A", value: (row: { a: string }) => row.a }];
    const csv = csvOf([{ a: "=1+1" }, { a: "+12025550123" }, { a: 'say "hi", twice' }], columns);
    expect(csv).toBe(`A\r\n'=1+1\r\n+12025550123\r\n"say ""hi"", twice"`);
  });
});
