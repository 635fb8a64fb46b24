import { expect, test } from "vitest";
import { TASK_STATES } from "../luigi/states";
import { familiesOf, isFiltering, matcher, NO_FILTER, type Sort, sortTasks } from "./filter";
import { type Made, tasksOf } from "./fixtures";
import type { Task } from "./tasks";

const MADE: Made[] = [
  { family: "Count", params: { date: "2026-11-01", region: "EMEA" }, state: "ran" },
  { family: "Count", params: { date: "2026-11-02", region: "apac" }, state: "failed" },
  { family: "Report", params: { date: "2026-11-02" }, state: "upstream_failed" },
];
const tasks = [...tasksOf(MADE).values()];
const found = (filter: Partial<typeof NO_FILTER>) =>
  tasks.filter(matcher({ ...NO_FILTER, ...filter })).map((task) => tasks.indexOf(task));

test.each<[string, number[]]>([
  ["", [0, 1, 2]],
  ["count", [0, 1]],
  ["emea", [0]],
  ["region=apac", [1]],
  ["count 11-02", [1]],
  ["Report_2026-11-02_0123456789", [2]],
  ["(", []],
])("the search %j finds what has all its words", (search, expected) => {
  expect(found({ search })).toEqual(expected);
});

test("states and family narrow it down, together with the search", () => {
  expect(found({ states: new Set(["failed", "ran"]) })).toEqual([0, 1]);
  expect(found({ family: "Count", states: new Set(["failed", "upstream_failed"]) })).toEqual([1]);
  expect(found({ family: "Count", search: "11-02" })).toEqual([1]);
});

test("only a filter that leaves something out is one", () => {
  expect(isFiltering({ ...NO_FILTER, search: "  " })).toBe(false);
  expect(isFiltering({ ...NO_FILTER, family: "Count" })).toBe(true);
});

test("families are counted", () => {
  expect(familiesOf(tasks)).toEqual([
    ["Count", 2],
    ["Report", 1],
  ]);
});

test("sorting puts numbers in their order, and what has no value last, either way", () => {
  const three = ["10", "9", "8"].map((n, at): Task => {
    const task = [...tasksOf([{ family: "A", params: { n } }]).values()][0] as Task;
    return { ...task, seconds: [3, null, 20][at] ?? null };
  });
  const order = (sort: Sort) => sortTasks(three, sort, TASK_STATES).map((task) => task.params[0]?.[1]);
  expect(order({ key: "params", descending: false })).toEqual(["8", "9", "10"]);
  expect(order({ key: "seconds", descending: false })).toEqual(["10", "8", "9"]);
  expect(order({ key: "seconds", descending: true })).toEqual(["8", "10", "9"]);
});

test("states are sorted as the legend lists them", () => {
  expect(
    sortTasks(tasks, { key: "state", descending: false }, TASK_STATES).map(({ state }) => state),
  ).toEqual(["failed", "upstream_failed", "ran"]);
});
