// Every language says everything, with the same holes to fill.
import { describe, expect, it } from "vitest";

import ar from "./ar.json";
import de from "./de.json";
import en from "./en.json";
import { preferred } from "./languages";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, at = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(at + key, value);
    else for (const [inner, text] of flat(value, `${at}${key}.`)) found.set(inner, text);
  }
  return found;
}

const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((hole) => hole[1]).sort();

describe.each([
  ["German", de],
  ["Arabic", ar],
])("%s", (_name, words) => {
  const [english, other] = [flat(en), flat(words)];

  it("has a word for everything and for nothing else", () => {
    expect([...other.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("fills the same holes", () => {
    for (const [key, text] of english)
      expect(holes(other.get(key) ?? ""), key).toEqual(holes(text));
  });

  it("is translated", () => {
    const same = [...english].filter(([key, text]) => other.get(key) === text && / /.test(text));
    expect(same).toEqual([]);
  });
});

describe("the language of a page", () => {
  it("is the one that was chosen, else the first of the browser's that we speak", () => {
    expect(preferred("de", ["ar"])).toBe("de");
    expect(preferred(null, ["fr-CA", "ar-EG", "en"])).toBe("ar");
    expect(preferred("klingon", ["fr"])).toBe("en");
  });
});
