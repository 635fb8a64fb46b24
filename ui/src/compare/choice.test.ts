import { expect, test } from "vitest";
import { choiceOf, searchOf } from "./choice";

test("the choice is in the page's address", () => {
  const search = "?dag_id=a&dag_id=b%26c&step=hour&common=1";
  expect(choiceOf(search)).toEqual({ dagIds: ["a", "b&c"], step: "hour", common: true });
  expect(searchOf(choiceOf(search))).toBe(search);
});

test("without one, nothing is chosen", () => {
  expect(choiceOf("")).toEqual({ dagIds: [], step: "day", common: false });
  expect(searchOf(choiceOf("?dag_id=&step=week"))).toBe("");
});

test("a DAG that is named twice is chosen once", () => {
  expect(choiceOf("?dag_id=a&dag_id=a").dagIds).toEqual(["a"]);
});
