import { describe, expect, it } from "vitest";

import { problemOf, Refused } from "../api/problem";
import { localOf, momentOf } from "../i18n/format";
import { atItsRow, correctionOf } from "./lead-draft";

const GIVEN = {
  number: "+442079460102",
  number_kind: null,
  other_numbers: [
    { kind: null, number: "+442079460103" },
    { kind: "work", number: "+442079460104", passed_over: true },
  ],
  external_id: null,
  first_name: null,
  last_name: "King",
  zone: null,
  region: "GB",
  consent: null,
  fields: [
    { name: " city ", value: "York" },
    { name: "", value: "lost" },
    { name: "net.worth", value: null },
  ],
  priority: null,
};

describe("a lead's form", () => {
  it("sends every member: what is empty as the API has it, consent that is switched off as null", () => {
    expect(correctionOf(GIVEN)).toEqual({
      number: "+442079460102",
      number_kind: "",
      other_numbers: [
        { kind: "", number: "+442079460103", passed_over: false },
        { kind: "work", number: "+442079460104", passed_over: true },
      ],
      external_id: null,
      first_name: "",
      last_name: "King",
      zone: null,
      region: "GB",
      consent: null,
      fields: { city: "York", "net.worth": "" },
      priority: 0,
    });
    const consent = { kind: "written", given_at: "2026-01-01T09:00:00Z", until: null, source: null };
    const sent = correctionOf({ ...GIVEN, consent });
    expect(sent.consent).toEqual({ ...consent, source: "" });
  });

  it("shows the fault of a column at its row", () => {
    const refusal = new Refused({
      type: "urn:cordboard:problem:invalid",
      title: "",
      status: 422,
      errors: [
        { field: "/fields/net/worth", expected: "less" },
        { field: "/zone", expected: "a zone" },
      ],
    });
    const { errors } = problemOf(atItsRow(refusal, GIVEN));
    expect(errors?.map(({ field }) => field)).toEqual(["/fields/2/value", "/zone"]);
  });

  it("reads and writes a moment in the viewer's time", () => {
    expect(momentOf(localOf("2026-01-01T09:00:00Z"))).toBe("2026-01-01T09:00:00.000Z");
    expect([localOf("yesterday"), momentOf("")]).toEqual(["", ""]);
  });
});
