import { expect, test } from "vitest";
import { durationText } from "./duration";

test.each([
  [0, "0.0 s"],
  [12.34, "12.3 s"],
  [59.94, "59.9 s"],
  [59.96, "1 min 00 s"],
  [65.2, "1 min 05 s"],
  [3599.4, "59 min 59 s"],
  [3599.6, "1 h 00 min"],
  [7260, "2 h 01 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
