import { describe, expect, it } from "vitest";

import { pathOf } from "../api/problem";
import { cleaned, draftOf, type Field, opened, placeOf } from "./field";
import { holidaysAt, regionHoursAt } from "./hours";

const FIELDS: readonly Field[] = [
  { path: "name", label: "name", kind: "text", required: true },
  { path: "cli", label: "cli", kind: "text" },
  { path: "sources", label: "sources", kind: "lines" },
  { path: "after_call.wrap_up_ms", label: "wrap_up_ms", kind: "number" },
  {
    path: "target",
    label: "target",
    kind: "union",
    tag: "to",
    variants: {
      queue: [{ path: "queue", label: "queue", kind: "ref", of: "/v1/queues" }],
      notice: [],
    },
  },
];

describe("a form's body", () => {
  it("keeps a part that may be missing as null, and cleans one that is there", () => {
    const opening: Field = {
      path: "opening",
      label: "opening",
      kind: "optional",
      fresh: () => ({}),
      fields: [{ path: "closed_on", label: "closed_on", kind: "lines" }],
    };
    expect(cleaned({ opening: null }, [opening])).toEqual({ opening: null });
    expect(cleaned({ opening: { closed_on: "2026-12-25\n" } }, [opening])).toEqual({
      opening: { closed_on: ["2026-12-25"] },
    });
  });

  it("says null where nothing was given, and keeps what must be there for the server to refuse", () => {
    const body = cleaned(
      {
        name: "",
        cli: "",
        sources: " 192.0.2.1 \n\n192.0.2.2",
        after_call: { wrap_up_ms: Number.NaN },
      },
      FIELDS,
    );
    expect(body).toEqual({
      name: "",
      cli: null,
      sources: ["192.0.2.1", "192.0.2.2"],
      after_call: { wrap_up_ms: null },
    });
  });

  it("holds the members of the variant that was chosen and of no other", () => {
    const body = cleaned({ target: { to: "notice", queue: "left over" } }, FIELDS);
    expect(body).toEqual({ target: { to: "notice" } });
  });

  it("leaves out what a row only shows, because the server refuses what it does not know", () => {
    const row = {
      id: "1",
      version: 3,
      created_at: "",
      updated_at: "",
      extension: "501431427",
      name: "Rita",
    };
    expect(draftOf(row, ["extension"])).toEqual({ name: "Rita" });
  });
});

describe("a JSON Pointer", () => {
  it("names the field of the form (RFC 6901 §3)", () => {
    expect(pathOf("/after_call/wrap_up_ms")).toBe("after_call.wrap_up_ms");
    expect(pathOf("/window/regions/US~1FL")).toBe("window.regions.US/FL");
  });
});

describe("members of an object", () => {
  const fields = [holidaysAt("window.holidays"), regionHoursAt("window.regions")];
  const hours = { days: ["mon"], from: "08:00:00", to: "20:00:00" };
  const body = { window: { holidays: { GB: ["2026-12-25"] }, regions: { "US-FL": [hours] } } };

  it("are rows in a form, and members again when it is sent", () => {
    const form = opened(body, fields);
    expect(form).toEqual({
      window: {
        holidays: [{ key: "GB", value: ["2026-12-25"] }],
        regions: [{ key: "US-FL", value: [hours] }],
      },
    });
    expect(cleaned(form, fields)).toEqual(body);
    expect(opened({ window: {} }, fields)).toEqual({ window: { holidays: [], regions: [] } });
  });

  it("have their keys as the API spells them, and lose nothing where a key stands twice", () => {
    const rows = [
      { key: " gb-sct", value: "2026-11-30\n\n" },
      { key: "GB-SCT ", value: ["2027-01-02"] },
    ];
    expect(cleaned({ window: { holidays: rows, regions: [] } }, fields)).toEqual({
      window: { holidays: { "GB-SCT": ["2026-11-30", "2027-01-02"] }, regions: {} },
    });
  });

  it("have the server's faults at their rows", () => {
    const form = opened(body, fields);
    const path = pathOf("/window/regions/US-FL/0/from");
    expect(placeOf(path, form, fields)).toBe("window.regions.0.value.0.from");
    expect(placeOf("window.regions.US-OK.0.from", form, fields)).toBe("window.regions");
    expect(placeOf("window.hours.0.from", form, fields)).toBe("window.hours.0.from");
  });
});

describe("what stands behind a word", () => {
  it("is cleaned as what stands before it", () => {
    const inner: Field = { path: "amd.within_ms", label: "within_ms", kind: "number" };
    const more: Field = { path: "amd.advanced", label: "advanced", kind: "more", fields: [inner] };
    expect(cleaned({ amd: { within_ms: Number.NaN } }, [more])).toEqual({
      amd: { within_ms: null },
    });
  });
});
