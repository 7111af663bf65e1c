// The way through a script follows the answers; what a stranger wrote into a file stays text.
import { describe, expect, it } from "vitest";

import { filled, openOn, pageAfter, pageBefore, pageOf, type SheetScript } from "./script-walk";

const script: SheetScript["script"] = {
  name: "Offer",
  start: "hello",
  pages: [
    {
      name: "hello",
      next: "goodbye",
      questions: [
        {
          name: "interest",
          label: "Interested?",
          required: true,
          ask: {
            kind: "choice",
            options: [
              { value: "yes", next: "order" },
              { value: "no", next: "objection" },
              { value: "later" },
            ],
          },
        },
      ],
    },
    { name: "objection", next: "hello" },
    { name: "order", next: "goodbye" },
    { name: "goodbye", ends: true },
  ],
};

const page = (name: string) => {
  const found = pageOf(script, name);
  if (!found) throw new Error(name);
  return found;
};

describe("a script", () => {
  it("leads by the choice, and else by the page", () => {
    expect(pageAfter(page("hello"), { interest: "yes" })).toBe("order");
    expect(pageAfter(page("hello"), { interest: "later" })).toBe("goodbye");
    expect(pageAfter(page("hello"), {})).toBe("goodbye");
    expect(pageAfter(page("goodbye"), {})).toBeUndefined();
  });

  it("says what is to be answered before a page is left", () => {
    expect(openOn(page("hello"), {}).map(({ name }) => name)).toEqual(["interest"]);
    expect(openOn(page("hello"), { interest: "no" })).toEqual([]);
    expect(openOn(page("order"), {})).toEqual([]);
  });

  it("goes back the way that the answers make, and not round for ever", () => {
    expect(pageBefore(script, { interest: "yes" }, "goodbye")).toBe("order");
    expect(pageBefore(script, { interest: "later" }, "goodbye")).toBe("hello");
    expect(pageBefore(script, { interest: "yes" }, "hello")).toBeUndefined();
    expect(pageBefore(script, { interest: "no" }, "order")).toBeUndefined();
  });
});

describe("a text", () => {
  it("has its places filled, and its braces", () => {
    const words = { first_name: "Ada", "field:City": "London" };
    expect(filled("Hi {first_name} in {field:City}, {{you}}{last_name}.", words)).toBe(
      "Hi Ada in London, {you}.",
    );
  });

  it("takes what strangers wrote as it stands, and fills it no further", () => {
    const words = { first_name: "<b>{last_name}$&</b>", last_name: "x" };
    expect(filled("{first_name}", words)).toBe("<b>{last_name}$&</b>");
    expect(filled("{toString}{constructor}", {})).toBe("");
  });
});
