import { describe, expect, it } from "vitest";

import { columnFaults, headerOf, kindsOf, mappingOf } from "./columns";

describe("the columns of a list's file", () => {
  it("are told by the words of their headers, whatever case and punctuation", () => {
    expect(kindsOf(["Phone-Number", "First name", "SURNAME", "Time zone", "Plan", "opt_in"])).toEqual({
      "Phone-Number": "phone",
      "First name": "first_name",
      SURNAME: "last_name",
      "Time zone": "time_zone",
      Plan: "field",
      opt_in: "consent",
    });
  });

  it("have the best of several numbers as the one to dial", () => {
    expect(kindsOf(["work phone", "mobile", "Tel."])).toEqual({
      "work phone": "other_phone",
      mobile: "other_phone",
      "Tel.": "phone",
    });
  });

  it("have headers as the server reads them", () => {
    expect(headerOf("  Phone\r\nnumber ")).toBe("Phone  number");
  });

  it("need one number, and one of most kinds at the most", () => {
    const headers = ["Handy", "Vorname", "Rufname"];
    expect(columnFaults(headers, kindsOf(headers))).toEqual([{ what: "noPhone" }]);
    const kinds = { Handy: "phone", Vorname: "first_name", Rufname: "first_name" } as const;
    expect(columnFaults(headers, kinds)).toEqual([
      { what: "twice", kind: "first_name", first: "Vorname", second: "Rufname" },
    ]);
    expect(columnFaults(headers, { ...kinds, Rufname: "ignore" })).toEqual([]);
  });

  it("may be many other numbers and fields, but none is called as another", () => {
    const headers = ["phone", "plan", "plan", "", ""];
    expect(columnFaults(headers, kindsOf(headers))).toEqual([{ what: "same", header: "plan" }]);
    const numbers = ["phone", "mobile", "home phone"];
    expect(columnFaults(numbers, kindsOf(numbers))).toEqual([]);
    const many = ["phone", ...Array.from({ length: 64 }, (_, at) => `field ${at}`)];
    expect(columnFaults(many, kindsOf(many))).toEqual([{ what: "tooMany", most: 64 }]);
  });

  it("are sent where the server would not find them out, and where somebody decided otherwise", () => {
    const headers = ["Handy", "name", "plan", "id"];
    const kinds = { Handy: "phone", name: "last_name", plan: "field", id: "field" } as const;
    expect(JSON.parse(mappingOf(headers, kinds))).toEqual({
      Handy: "phone",
      name: "last_name",
      id: "field",
    });
  });
});
