import { expect, test } from "vitest";

import { lasting } from "./effective";

test("a time is told in the largest unit that leaves a whole number", () => {
  expect(lasting(0, "en")).toBe("0 seconds");
  expect(lasting(90, "en")).toBe("90 seconds");
  expect(lasting(900, "en")).toBe("15 minutes");
  expect(lasting(7_200, "en")).toBe("2 hours");
  expect(lasting(259_200, "en")).toBe("3 days");
});
