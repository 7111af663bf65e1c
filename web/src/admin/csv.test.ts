import { describe, expect, it } from "vitest";

import { decoded, rowsOf, separatorOf } from "./csv";
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

  it("is read in the encoding that it is written in", () => {
    const utf8 = new TextEncoder().encode("phone,näme");
    expect(decoded(utf8)).toEqual({ text: "phone,näme", encoding: "utf-8" });
    // The beginning of a file may end within a letter.
    expect(decoded(utf8.subarray(0, 8))).toEqual({ text: "phone,n", encoding: "utf-8" });
    const latin = Uint8Array.from([0x6e, 0xe4, 0x6d, 0x65, 0x80]);
    expect(decoded(latin)).toEqual({ text: "näme€", encoding: "windows-1252" });
    const wide = Uint8Array.from([0xff, 0xfe, 0x61, 0x00, 0xe4, 0x00]);
    expect(decoded(wide)).toEqual({ text: "aä", encoding: "utf-16le" });
    const big = Uint8Array.from([0xfe, 0xff, 0x00, 0x61]);
    expect(decoded(big)).toEqual({ text: "a", encoding: "utf-16be" });
    expect(decoded(new Uint8Array())).toEqual({ text: "", encoding: "utf-8" });
  });

  it("that we write cannot run as a formula, and keeps telephone numbers as they are", () => {
    const columns = [{ id: "a", name: "A", value: (row: { a: string }) => row.a }];
    const csv = csvOf([{ a: "=1+1" }, { a: "+12025550123" }, { a: 'say "hi", twice' }], columns);
    expect(csv).toBe(`A\r\n'=1+1\r\n+12025550123\r\n"say ""hi"", twice"`);
  });
});
