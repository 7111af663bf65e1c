import { afterEach, describe, expect, it } from "vitest";

import { isWriting, keyOf, remap, resetKeys, spell } from "./keys";
import { rank } from "./palette";

afterEach(resetKeys);

const press = (key: string, more: KeyboardEventInit = {}) =>
  spell(new KeyboardEvent("keydown", { key, ...more }));

describe("shortcuts", () => {
  it("are spelt as people read them", () => {
    expect(press("r")).toBe("R");
    expect(press("k", { ctrlKey: true })).toBe("Ctrl+K");
    expect(press("k", { metaKey: true })).toBe("Ctrl+K");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("Shift")).toBeUndefined();
  });

  it("can be put on another key, and are still there when the page is loaded again", () => {
    expect(remap("ready", "F")).toBeUndefined();
    expect(keyOf("ready")).toBe("F");
    expect(JSON.parse(localStorage.getItem("cordboard.keys") ?? "")).toEqual({ ready: "F" });
  });

  it("never share a key, and leave the digits to dispositions", () => {
    expect(remap("ready", "P")).toBe("pause");
    expect(remap("ready", "4")).toBe("digit");
    expect(keyOf("ready")).toBe("R");
  });

  it("leave letters alone while somebody writes", () => {
    document.body.innerHTML =
      '<input id="a"><input id="b" type="checkbox"><textarea id="c"></textarea>';
    const at = (id: string) => document.getElementById(id);
    expect([at("a"), at("b"), at("c"), document.body].map(isWriting)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe("the palette", () => {
  it("finds a page by a few letters of it, words' beginnings first", () => {
    expect(rank("Go to Campaigns", "camp")).toBeGreaterThan(rank("Go to Campaigns", "aig"));
    expect(rank("Go to Campaigns", "gcmp")).toBeGreaterThan(0);
    expect(rank("Go to Campaigns", "xyz")).toBe(0);
  });
});
