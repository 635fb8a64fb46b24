import { expect, test } from "vitest";
import { ApiError } from "../airflow/api";
import { pollAfter } from "./polling";

const NO_ANSWER = new ApiError(0, "Airflow does not answer.");

test.each<[(string | null)[] | null, unknown, number | false]>([
  [["running"], null, 2000],
  [["queued"], null, 2000],
  [["success", "running"], null, 2000],
  [["deferred"], null, 10_000],
  [["up_for_retry"], null, 10_000],
  [[null], null, 10_000],
  [["success"], null, false],
  [["failed", "skipped", "upstream_failed", "removed"], null, false],
  [[], null, false],
  [["running"], NO_ANSWER, 10_000],
  [["running"], new ApiError(403, "no"), 10_000],
  [["success"], NO_ANSWER, false],
  [null, null, false],
  [null, NO_ANSWER, 10_000],
  [null, new ApiError(500, "no"), 10_000],
  [null, new ApiError(403, "no"), false],
  [null, new ApiError(404, "no"), false],
])("tasks %j with the error %s are asked for again after %j", (states, error, expected) => {
  expect(pollAfter(states, error)).toBe(expected);
});
