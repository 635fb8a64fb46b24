import { expect, test } from "vitest";
import { TASK_STATES, type TaskState } from "../luigi/states";
import { buildOf, type Made, placeOf } from "./fixtures";
import { countStates, mergeBuilds, progressText, type Task, taskName } from "./tasks";

const day = { date: "2026-11-01" };

function merged(...states: TaskState[]): Task {
  const builds = states.map((state, at) => ({
    place: placeOf(`task${at}`),
    build: buildOf([{ family: "Count", params: day, state }]),
  }));
  return mergeBuilds(builds).get("Count_2026-11-01_0123456789") as Task;
}

test("a task's edges lead both ways, by Luigi's ids", () => {
  const made: Made[] = [{ family: "Words" }, { family: "Count", requires: [0] }];
  const tasks = mergeBuilds([{ place: placeOf(), build: buildOf(made) }]);
  expect(tasks.get("Count_0123456789")?.requires).toEqual(["Words_0123456789"]);
  expect(tasks.get("Words_0123456789")?.requiredBy).toEqual(["Count_0123456789"]);
});

test("of a task in several builds the strongest state counts, whichever build comes first", () => {
  const order: TaskState[] = [
    "running",
    "ran",
    "already_complete",
    "failed",
    "missing_external",
    "disabled",
    "run_by_other_worker",
    "upstream_failed",
    "not_run",
    "waiting",
  ];
  expect([...order].sort()).toEqual([...TASK_STATES].sort());
  for (let at = 1; at < order.length; at += 1) {
    const [strong, weak] = [order[at - 1], order[at]] as [TaskState, TaskState];
    expect(merged(strong, weak).state).toBe(strong);
    expect(merged(weak, strong).state).toBe(strong);
  }
});

test("what is told of a task in several builds is that of the strongest state, with where it was what", () => {
  const task = merged("upstream_failed", "ran");
  expect(task.parts.map(({ place, state }) => [place.taskId, state])).toEqual([
    ["task0", "upstream_failed"],
    ["task1", "ran"],
  ]);
});

test("the edges of several builds are put together, each once", () => {
  const first = buildOf([{ family: "A" }, { family: "B" }, { family: "C", requires: [0] }]);
  const second = buildOf([{ family: "B" }, { family: "A" }, { family: "C", requires: [0, 1] }]);
  const tasks = mergeBuilds([
    { place: placeOf("one"), build: first },
    { place: placeOf("two"), build: second },
  ]);
  expect(tasks.size).toBe(3);
  expect(tasks.get("C_0123456789")?.requires).toEqual(["A_0123456789", "B_0123456789"]);
  expect(tasks.get("A_0123456789")?.requiredBy).toEqual(["C_0123456789"]);
});

test("merging changes nothing of what was read", () => {
  const build = buildOf([{ family: "A", state: "waiting" }]);
  const other = buildOf([{ family: "A", state: "ran" }]);
  mergeBuilds([
    { place: placeOf("one"), build },
    { place: placeOf("two"), build: other },
  ]);
  expect(build.tasks[0]?.state).toBe("waiting");
});

test("progress counts what is there, however it came there", () => {
  const made: Made[] = [
    { family: "A", state: "ran" },
    { family: "B", state: "already_complete" },
    { family: "C", state: "running" },
    { family: "D", state: "waiting" },
  ];
  const counts = countStates(buildOf(made).tasks);
  expect(progressText(counts)).toBe("2 of 4 done, 1 running");
  expect(progressText({ ran: 1200 })).toBe("1,200 of 1,200 done");
});

test("a task's name is as Luigi writes it", () => {
  expect(
    taskName({
      family: "Count",
      params: [
        ["date", "2026-11-01"],
        ["n", "2"],
      ],
    }),
  ).toBe("Count(date=2026-11-01, n=2)");
});
