import { expect, test } from "vitest";
import { type DatedRun, runMoment } from "./run-date";

function run(fields: Partial<DatedRun>): DatedRun {
  return {
    partition_date: null,
    partition_key: null,
    data_interval_start: null,
    logical_date: null,
    run_after: "2026-03-05T10:11:12.345Z",
    ...fields,
  };
}

test("a partition's date comes before all else, in the DAG's timezone", () => {
  const fields = {
    partition_date: "2026-11-20T23:00:00Z",
    partition_key: "x",
    logical_date: "2026-01-01T00:00:00Z",
  };
  expect(runMoment(run(fields), "Europe/Berlin")).toBe("2026-11-21T00:00:00");
});

test("a partition key is a date in that timezone, unless it names another", () => {
  expect(runMoment(run({ partition_key: "2026-11-21T05:00:00" }), "Asia/Tokyo")).toBe("2026-11-21T05:00:00");
  expect(runMoment(run({ partition_key: "2026-11-21" }), "Asia/Tokyo")).toBe("2026-11-21T00:00:00");
  expect(runMoment(run({ partition_key: "2026-11-21T05:00:00Z" }), "Asia/Tokyo")).toBe("2026-11-21T14:00:00");
});

test("a partition key that is no date gives none", () => {
  expect(runMoment(run({ partition_key: "emea" }), "UTC")).toBeNull();
  expect(runMoment(run({ partition_key: "2026-13-45" }), "UTC")).toBeNull();
});

test("else it is the data interval's start, the logical date, and at last when the run was due", () => {
  const logical = { logical_date: "2026-02-02T00:00:00Z" };
  expect(runMoment(run({ ...logical, data_interval_start: "2026-02-01T00:00:00Z" }), "UTC")).toBe(
    "2026-02-01T00:00:00",
  );
  expect(runMoment(run(logical), "UTC")).toBe("2026-02-02T00:00:00");
  expect(runMoment(run({}), "UTC")).toBe("2026-03-05T10:11:12");
});

test("a day begins at midnight on the clocks of the timezone, in summer as in winter", () => {
  expect(runMoment(run({ logical_date: "2026-07-31T22:00:00Z" }), "Europe/Berlin")).toBe(
    "2026-08-01T00:00:00",
  );
  expect(runMoment(run({ logical_date: "2026-01-31T23:00:00Z" }), "Europe/Berlin")).toBe(
    "2026-02-01T00:00:00",
  );
});
