import { expect, test } from "vitest";
import { tasksOf } from "./fixtures";
import { type LogRecord, linesOf } from "./log-lines";
import type { Task } from "./tasks";

const task = [
  ...tasksOf([{ family: "Count", params: { n: "1", tag: "a, b", day: "x" } }]).values(),
][0] as Task;
const linesIn = (content: LogRecord[], groupsCount = false) =>
  linesOf(task, content, groupsCount).map(({ line }) => line);

test.each<[string, boolean]>([
  ["Informed scheduler that task   Count_1_a, b_x_0123456789   has status   DONE", true],
  ["Worker running   Count(n=1, tag=a, b, day=x)", true],
  ["without what is not significant: Count(n=1)", true],
  ["without its first: Count(day=x)", true],
  ["another value: Count(n=12)", false],
  ["another value: Count(n=1, tag=c, day=x)", false],
  ["another family: WordCount(n=1)", false],
  ["a longer id: Count_1_a, b_x_01234567890", false],
  ["first WordCount(n=1), then Count(n=1)", true],
])("%j names the task: %j", (event, expected) => {
  expect(linesIn([{ event }]).length === 1).toBe(expected);
});

test("lines are numbered as Airflow's log page numbers them, which since 3.2 leaves out groups", () => {
  const content = ["::group::Pre Execute", "a", "::endgroup::", "b", { event: "Count(n=1)" }, "Count(n=1)"];
  expect(linesIn(content)).toEqual([2, 3]);
  expect(linesIn(content, true)).toEqual([4, 5]);
});

test("a record keeps its time and level", () => {
  const record = { event: "Count(n=1)", timestamp: "2026-11-01T05:00:00Z", level: "info" };
  expect(linesOf(task, [record], false)).toEqual([
    { line: 0, text: "Count(n=1)", timestamp: "2026-11-01T05:00:00Z", level: "info" },
  ]);
});

test("of a record of many lines those are shown that name the task", () => {
  const text = "Summary\n- 1 Count(n=1)\n- 1 Count(n=2)";
  expect(linesOf(task, [text], false).map((line) => line.text)).toEqual(["- 1 Count(n=1)"]);
});
