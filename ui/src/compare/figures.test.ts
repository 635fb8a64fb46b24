import { describe, expect, test } from "vitest";
import type { DagRun, TaskInstance } from "../airflow/types";
import {
  airflowWork,
  luigiWork,
  median,
  namesText,
  type Report,
  runSeconds,
  totals,
  type Work,
} from "./figures";

function instance(task_id: string, fields: Partial<TaskInstance> = {}): TaskInstance {
  return {
    dag_id: "d",
    dag_run_id: "r",
    task_id,
    map_index: -1,
    state: "success",
    try_number: 1,
    start_date: "2026-11-21T00:00:00Z",
    end_date: null,
    duration: null,
    operator: null,
    ...fields,
  };
}

function report(tasks: [family: string, state: "ran" | "already_complete" | "failed"][], more = {}): Report {
  const counts: Record<string, number> = {};
  for (const [, state] of tasks) counts[state] = (counts[state] ?? 0) + 1;
  return {
    counts: { ...counts, ...more },
    tasks: tasks.map(([family, state], at) => ({ id: `${family}_1`, family, state, started: 100 - at })),
  };
}

describe("what Luigi did", () => {
  test("is what the report says, and Airflow's own tasks are counted beside it", () => {
    const work = luigiWork(
      [
        report([
          ["Count", "ran"],
          ["Words", "already_complete"],
        ]),
        null,
      ],
      [instance("build", { try_number: 2 }), instance("mail")],
    );
    expect(work).toEqual({
      ran: { total: 1, names: [["Count", 1]] },
      complete: { total: 1, names: [["Words", 1]] },
      instances: 2,
      triedAgain: 1,
    });
  });

  test("is in the order in which it was done", () => {
    const work = luigiWork(
      [
        report([
          ["Count", "ran"],
          ["Words", "ran"],
        ]),
      ],
      [],
    );
    expect(work.ran && namesText(work.ran)).toBe("Words, Count");
  });

  test("is counted once where one build made what the next one found complete", () => {
    const work = luigiWork(
      [
        report([["Words", "ran"]]),
        report([
          ["Count", "ran"],
          ["Words", "already_complete"],
        ]),
      ],
      [],
    );
    expect([work.ran?.total, work.complete?.total]).toEqual([2, 0]);
  });

  test("includes what a report that is cut counts but does not list", () => {
    const work = luigiWork([report([["Leaf", "ran"]], { ran: 700, already_complete: 3 })], []);
    expect(work.ran && namesText(work.ran)).toBe("Leaf, and 699 more");
    expect(work.complete && namesText(work.complete)).toBe("3");
  });

  test("is not told where no report was left", () => {
    expect(luigiWork([null], [instance("build", { state: "failed" })])).toMatchObject({
      ran: null,
      complete: null,
    });
  });
});

test("of a DAG without Luigi, the task instances that succeeded ran, in the order of their start", () => {
  const work = airflowWork([
    instance("store", { start_date: "2026-11-21T00:00:02Z" }),
    instance("words"),
    instance("print", { state: "failed" }),
  ]);
  expect(work.ran && namesText(work.ran)).toBe("words, store");
  expect(work.complete).toBeNull();
});

test("many names are cut, and those of many tasks have their number", () => {
  const names: [string, number][] = ["A", "B", "C", "D", "E", "F", "G"].map((name) => [name, 2]);
  expect(namesText({ total: 14, names })).toBe("A ×2, B ×2, C ×2, D ×2, E ×2, F ×2, and 2 more");
});

function run(fields: Partial<DagRun>): DagRun {
  return {
    dag_id: "d",
    dag_run_id: "r",
    state: "success",
    run_type: "manual",
    logical_date: null,
    data_interval_start: null,
    data_interval_end: null,
    run_after: "2026-11-21T00:00:00Z",
    start_date: "2026-11-21T00:00:00Z",
    end_date: "2026-11-21T00:00:04Z",
    duration: 4,
    ...fields,
  };
}

test("a run that goes on has taken the time until now, and one that waits has taken none", () => {
  const now = Date.parse("2026-11-21T00:01:00Z");
  expect(runSeconds(run({ state: "running", end_date: null }), now)).toBe(60);
  expect(runSeconds(run({ state: "queued", start_date: null, end_date: null }), now)).toBeNull();
  expect(runSeconds(run({}), now)).toBe(4);
});

test("totals are of the runs that are over, and of what is told of them", () => {
  const work: Work = {
    ran: { total: 4, names: [] },
    complete: { total: 1, names: [] },
    instances: 1,
    triedAgain: 1,
  };
  const runs = [
    run({}),
    run({ state: "failed", end_date: "2026-11-21T00:00:10Z" }),
    run({ state: "running", end_date: null }),
  ];
  expect(totals(runs, (each) => (each.state === "success" ? work : undefined))).toEqual({
    runs: 3,
    failed: 1,
    seconds: 14,
    median: 7,
    ran: 4,
    complete: 1,
    instances: 1,
    triedAgain: 1,
  });
});

test.each([
  [[], null],
  [[3], 3],
  [[10, 1, 2], 2],
  [[1, 10, 2, 4], 3],
])("the median of %j is %j", (numbers, expected) => {
  expect(median(numbers)).toBe(expected);
});
