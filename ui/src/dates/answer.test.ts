import { describe, expect, it } from "vitest";
import type { DagRun } from "../airflow/types";
import { type Matrix, readMarkers, readMatrix } from "./answer";
import { overlay } from "./overlay";
import { cellState, countText, rowsOf } from "./rows";

const COMPACT = {
  task: "Report",
  date_param: "date",
  asked_at: "2026-11-22T20:00:00+00:00",
  seconds: 0.1,
  totals: { complete: 1, missing: 2, error: 0 },
  codes: { C: "complete", M: "missing", X: "missing_external", E: "error", ".": "absent" },
  families: ["Report", "Raw"],
  dates: ["2026-11-01", "2026-11-02", "2026-11-03"],
  verdicts: "CMM",
  states: ["CC", "MX", "ME"],
  counts: [[1, 1, 3, 4]],
  errors: [[2, 1, "complete() raised ValueError: no"]],
  omitted: 5,
};
const matrix = readMatrix(COMPACT) as Matrix;

function run(day: string, state: DagRun["state"], started: string | null = null): DagRun {
  return {
    dag_id: "d",
    dag_run_id: `${day} ${state} ${started}`,
    state,
    run_type: "scheduled",
    logical_date: `${day}T00:00:00Z`,
    data_interval_start: null,
    data_interval_end: null,
    run_after: `${day}T00:00:00Z`,
    start_date: started,
    end_date: null,
    duration: null,
  };
}

describe("readMatrix", () => {
  it("reads what the operator left", () => {
    expect(matrix.precision).toBe("day");
    expect(matrix.verdicts).toEqual(["complete", "missing", "missing"]);
    expect(matrix.states[1]).toEqual(["missing", "missing_external"]);
    expect(countText(matrix, 1, 1)).toBe("3/4");
    expect(countText(matrix, 1, 0)).toBeNull();
    expect([...matrix.errors.values()]).toEqual(["complete() raised ValueError: no"]);
    expect(matrix.omitted).toBe(5);
  });

  it.each([null, "text", [], {}, { ...COMPACT, states: ["CC"] }, { ...COMPACT, verdicts: undefined }])(
    "reads nothing from %j",
    (value) => {
      expect(readMatrix(value)).toBeNull();
    },
  );
});

describe("readMarkers", () => {
  it("reads markers, and nothing from what is none", () => {
    const markers = [["words_db", "counts", "counts_2026-11-01", "2026-11-02 01:00:00"]];
    expect(readMarkers({ markers, omitted: 3 })).toEqual({ markers, omitted: 3 });
    expect(readMarkers({ markers })).toBeNull();
    expect(readMarkers(null)).toBeNull();
  });
});

describe("what Airflow knows", () => {
  it("is laid over what is not there", () => {
    const known = overlay(
      matrix,
      [run("2026-11-01", "failed"), run("2026-11-02", "failed"), run("2026-11-03", "queued")],
      "UTC",
    );
    expect(rowsOf(matrix, known).map(({ verdict }) => verdict)).toEqual(["complete", "failed", "building"]);
    expect(cellState(matrix, known, 0, 0)).toBe("complete");
    // What is missing from outside did not fail because a run did.
    expect(cellState(matrix, known, 1, 1)).toBe("missing_external");
    expect(cellState(matrix, known, 2, 1)).toBe("building");
  });

  it("is the run that goes on, or else the one that began last", () => {
    const [first, second] = ["2026-11-04T01:00:00Z", "2026-11-04T02:00:00Z"];
    const failed = run("2026-11-02", "failed", first);
    const later = run("2026-11-02", "success", second);
    const state = (...runs: DagRun[]) => overlay(matrix, runs, "UTC").runs.get(1)?.state;
    expect([state(failed, later), state(later, failed)]).toEqual(["success", "success"]);
    const queued = run("2026-11-02", "queued");
    expect([state(queued, later), state(later, queued)]).toEqual(["queued", "queued"]);
  });

  it("may be of dates that nobody has asked for", () => {
    const known = overlay(matrix, [run("2026-11-05", "success"), run("2026-10-31", "failed")], "UTC");
    expect(known.runs.size).toBe(0);
    expect(rowsOf(matrix, known).map(({ text, date, verdict }) => [text, date, verdict])).toEqual([
      ["2026-10-31", null, "never_asked"],
      ["2026-11-01", 0, "complete"],
      ["2026-11-02", 1, "missing"],
      ["2026-11-03", 2, "missing"],
      ["2026-11-05", null, "never_asked"],
    ]);
  });

  it("is read on the clocks of the DAG's timezone", () => {
    const night = { ...run("2026-11-02", "failed"), logical_date: "2026-11-01T23:00:00Z" };
    expect([...overlay(matrix, [night], "Europe/Berlin").runs.keys()]).toEqual([1]);
    expect([...overlay(matrix, [night], "UTC").runs.keys()]).toEqual([0]);
  });
});
