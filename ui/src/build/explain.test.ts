import { expect, test } from "vitest";
import type { TaskState } from "../luigi/states";
import { blockedBy, blockersOf } from "./blocking";
import { explain } from "./explain";
import { type Made, tasksOf } from "./fixtures";
import type { Task, Tasks } from "./tasks";

// Ext <- Load <- Report <- All; Bad <- Report; Bad <- Done
const MADE: Made[] = [
  { family: "Ext", state: "missing_external" },
  { family: "Bad", state: "failed" },
  { family: "Load", requires: [0], state: "upstream_failed" },
  { family: "Report", requires: [1, 2], state: "upstream_failed" },
  { family: "Done", requires: [1], state: "already_complete" },
  { family: "All", requires: [3, 4], state: "upstream_failed" },
];

function one(tasks: Tasks, family: string): Task {
  return [...tasks.values()].find((task) => task.family === family) as Task;
}

const families = (tasks: Task[]) => tasks.map(({ family }) => family);

test("what keeps a task from running is found below it, through others that could not run", () => {
  const tasks = tasksOf(MADE);
  expect(families(blockersOf(tasks, one(tasks, "All")))).toEqual(["Bad", "Ext"]);
  expect(families(blockersOf(tasks, one(tasks, "Load")))).toEqual(["Ext"]);
});

test("what a failure blocks is all above it that is not done", () => {
  const tasks = tasksOf(MADE);
  expect(families(blockedBy(tasks, one(tasks, "Bad")))).toEqual(["Report", "All"]);
  expect(families(blockedBy(tasks, one(tasks, "Ext")))).toEqual(["Load", "Report", "All"]);
});

function explained(state: TaskState, below: TaskState = "ran"): [string, string[]] | null {
  const tasks = tasksOf([
    { family: "Below", state: below },
    { family: "It", requires: [0], state },
    { family: "Above", requires: [1], state: "upstream_failed" },
  ]);
  const found = explain(tasks, one(tasks, "It"));
  return found && [found.text, families(found.tasks)];
}

test("each state has its reason", () => {
  expect(explained("ran")).toBeNull();
  expect(explained("running")).toBeNull();
  expect(explained("already_complete")?.[0]).toMatch("Luigi asked complete() and got True");
  expect(explained("upstream_failed", "failed")).toEqual([expect.stringMatching("these below"), ["Below"]]);
  expect(explained("waiting", "running")).toEqual([expect.stringMatching("not done"), ["Below"]]);
  expect(explained("waiting", "ran")).toEqual([expect.stringMatching("waits for its turn"), []]);
  expect(explained("not_run", "missing_external")).toEqual([expect.stringMatching("keep it"), ["Below"]]);
  expect(explained("failed")).toEqual(["1 task that is not done depends on it:", ["Above"]]);
  expect(explained("missing_external")?.[0]).toMatch(/^It is external.* 1 task/);
  expect(explained("disabled")?.[0]).toMatch("disabled");
  expect(explained("run_by_other_worker")?.[0]).toMatch("Another worker");
});
