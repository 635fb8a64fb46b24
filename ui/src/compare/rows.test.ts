import { expect, test } from "vitest";
import type { DagRun } from "../airflow/types";
import { type DagRuns, rowsOf, undated } from "./rows";

function run(id: string, logical: string, started: string | null = logical): DagRun {
  return {
    dag_id: "d",
    dag_run_id: id,
    state: "success",
    run_type: "manual",
    logical_date: logical,
    data_interval_start: logical,
    data_interval_end: logical,
    run_after: logical,
    start_date: started,
    end_date: null,
    duration: null,
  };
}

function dag(dagId: string, runs: DagRun[], timezone = "UTC"): DagRuns {
  return { dagId, timezone, runs, more: false };
}

function shape(dags: DagRuns[], step: "day" | "hour" = "day") {
  return rowsOf(dags, step).map(({ date, runs }) => [
    date,
    ...[...runs].map(([dagId, { run, earlier }]) => `${dagId} ${run.dag_run_id} ${earlier}`),
  ]);
}

test("each date of any DAG is a row, the newest first", () => {
  const a = dag("a", [run("2", "2026-11-02T00:00:00Z"), run("1", "2026-11-01T00:00:00Z")]);
  const b = dag("b", [run("3", "2026-11-03T00:00:00Z"), run("1", "2026-11-01T00:00:00Z")]);
  expect(shape([a, b])).toEqual([
    ["2026-11-03", "b 3 0"],
    ["2026-11-02", "a 2 0"],
    ["2026-11-01", "a 1 0", "b 1 0"],
  ]);
});

test("of a date's runs the last one to begin counts, or one that is about to", () => {
  const day = "2026-11-01T00:00:00Z";
  const runs = [
    run("early", day, "2026-11-05T00:00:00Z"),
    run("late", day, "2026-11-07T00:00:00Z"),
    run("middle", day, "2026-11-06T00:00:00Z"),
  ];
  expect(shape([dag("a", runs)])).toEqual([["2026-11-01", "a late 2"]]);
  expect(shape([dag("a", [run("waits", day, null), ...runs])])).toEqual([["2026-11-01", "a waits 3"]]);
});

test("a date is a day or an hour of the DAG's timezone", () => {
  const runs = [run("2", "2026-11-01T23:30:00Z"), run("1", "2026-11-01T22:10:00Z")];
  expect(shape([dag("a", runs, "Europe/Berlin")])).toEqual([
    ["2026-11-02", "a 2 0"],
    ["2026-11-01", "a 1 0"],
  ]);
  expect(shape([dag("a", runs)], "hour")).toEqual([
    ["2026-11-01 23:00", "a 2 0"],
    ["2026-11-01 22:00", "a 1 0"],
  ]);
});

test("a run for no date is counted, not shown", () => {
  const dags = [dag("a", [{ ...run("1", "2026-11-01T00:00:00Z"), partition_key: "emea" }])];
  expect([rowsOf(dags, "day"), undated(dags)]).toEqual([[], 1]);
});
