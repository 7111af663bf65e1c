import { expect, test } from "vitest";

import { changed } from "./retries";

test("what is as usual again is not named", () => {
  const named = changed({}, "busy", { after_s: 90 });
  expect(named).toEqual({ busy: { after_s: 90 } });
  expect(changed(named, "machine", "never")).toEqual({ busy: { after_s: 90 }, machine: "never" });
  expect(changed(named, "busy", "never")).toEqual({ busy: "never" });
  expect(changed(named, "busy", undefined)).toEqual({});
});
