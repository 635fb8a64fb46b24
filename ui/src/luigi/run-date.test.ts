import { describe, expect, it } from "vitest";
import { localTime, parseIso } from "./local-time";
import { type DatedRun, dateText, findDate, precisionOf, runDate, spanOf } from "./run-date";

const BERLIN = "Europe/Berlin";

function run(fields: Partial<DatedRun>): DatedRun {
  return {
    logical_date: null,
    data_interval_start: null,
    data_interval_end: null,
    run_after: "2026-11-09T10:00:00Z",
    ...fields,
  };
}

describe("localTime", () => {
  it.each([
    ["2026-03-27T23:00:00Z", "2026-03-28T00:00:00"],
    ["2026-03-29T00:59:59Z", "2026-03-29T01:59:59"], // a day of 23 hours
    ["2026-03-29T01:00:00Z", "2026-03-29T03:00:00"],
    ["2026-10-25T00:30:00Z", "2026-10-25T02:30:00"], // one of 25
    ["2026-10-25T01:30:00Z", "2026-10-25T02:30:00"],
    ["2026-10-25T23:00:00Z", "2026-10-26T00:00:00"],
  ])("gives %s as Berlin's clocks show it, %s", (moment, local) => {
    expect(localTime(Date.parse(moment), BERLIN)).toBe(local);
  });

  it("knows zones of half hours, and those without a name", () => {
    const moment = Date.parse("2026-01-31T20:15:30Z");
    expect(localTime(moment, "Asia/Kolkata")).toBe("2026-02-01T01:45:30");
    expect(localTime(moment, "+05:30")).toBe("2026-02-01T01:45:30");
    expect(localTime(moment, "UTC-01:30")).toBe("2026-01-31T18:45:30");
    expect(localTime(moment, "UTC")).toBe("2026-01-31T20:15:30");
  });
});

describe("parseIso", () => {
  it.each([
    ["2026-07-08", { local: "2026-07-08T00:00:00" }],
    ["2026-07-08T13:05:01.5", { local: "2026-07-08T13:05:01" }],
    ["2026-07-07T22:00:00Z", { moment: Date.parse("2026-07-07T22:00:00Z") }],
    ["2026-07-08 00:00:00+02:00", { moment: Date.parse("2026-07-07T22:00:00Z") }],
    ["2026-02-30", null],
    ["europe", null],
  ])("reads %s", (text, read) => {
    expect(parseIso(text)).toEqual(read);
  });
});

describe("runDate", () => {
  it("takes each source before the next", () => {
    const sources: Partial<DatedRun> = {
      partition_date: "2026-11-01T00:00:00Z",
      partition_key: "2026-11-02T00:00:00",
      data_interval_start: "2026-11-03T00:00:00Z",
      logical_date: "2026-11-04T00:00:00Z",
      run_after: "2026-11-05T00:00:00Z",
    };
    for (const [at, name] of Object.keys(sources).entries()) {
      expect(runDate(run(sources), "UTC")?.start).toBe(`2026-11-0${at + 1}T00:00:00`);
      delete sources[name as keyof DatedRun];
    }
  });

  it("has the end of an interval that isn't empty", () => {
    const [start, end] = ["2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"];
    const dated = (to: string) => runDate(run({ data_interval_start: start, data_interval_end: to }), "UTC");
    expect(dated(end)).toEqual({ start: "2026-11-03T00:00:00", end: "2026-11-04T00:00:00" });
    expect(dated(start)).toEqual({ start: "2026-11-03T00:00:00", end: null });
  });

  it("reads a partition's key as local time, and none in what is no date", () => {
    expect(runDate(run({ partition_key: "2026-07-01" }), BERLIN)?.start).toBe("2026-07-01T00:00:00");
    expect(runDate(run({ partition_key: "2026-06-30T22:00:00Z" }), BERLIN)?.start).toBe(
      "2026-07-01T00:00:00",
    );
    expect(runDate(run({ partition_key: "europe" }), BERLIN)).toBeNull();
  });
});

describe("dates as Luigi writes them", () => {
  const date = { start: "2026-11-01T13:05:09", end: null };

  it.each([
    ["year", "2026"],
    ["month", "2026-11"],
    ["day", "2026-11-01"],
    ["hour", "2026-11-01T13"],
    ["minute", "2026-11-01T1305"],
    ["second", "2026-11-01T130509"],
  ] as const)("are written to the %s", (precision, text) => {
    expect(dateText(date, precision)).toBe(text);
    expect(precisionOf([text])).toBe(precision);
  });

  it.each([
    ["2025-12-29", "2026-01-05", "2026-W01"],
    ["2026-11-02", "2026-11-09", "2026-W45"],
    ["2026-12-28", "2027-01-04", "2026-W53"],
  ])("are a week where the interval from %s is one", (start, end, text) => {
    expect(dateText({ start: `${start}T00:00:00`, end: `${end}T00:00:00` }, "week")).toBe(text);
    expect(spanOf(text, "week")).toEqual({ first: `${start}T00:00:00`, next: `${end}T00:00:00` });
  });

  it("are no week where the interval is another", () => {
    expect(dateText({ start: "2026-11-02T00:00:00", end: "2026-11-03T00:00:00" }, "week")).toBeNull();
    expect(dateText({ start: "2026-11-03T00:00:00", end: "2026-11-10T00:00:00" }, "week")).toBeNull();
    expect(dateText({ start: "2026-11-02T00:00:00", end: null }, "week")).toBeNull();
  });

  it("have no precision where they are of several forms, or of another", () => {
    expect(precisionOf(["2026-11-01", "2026-11"])).toBeNull();
    expect(precisionOf(["2026-11-01-2026-11-05"])).toBeNull();
    expect(precisionOf([])).toBeNull();
  });

  it.each([
    ["2024", "year", "2024-01-01T00:00:00", "2025-01-01T00:00:00"],
    ["2026-12", "month", "2026-12-01T00:00:00", "2027-01-01T00:00:00"],
    ["2026-02-28", "day", "2026-02-28T00:00:00", "2026-03-01T00:00:00"],
    ["2026-02-28T23", "hour", "2026-02-28T23:00:00", "2026-03-01T00:00:00"],
    ["2026-02-28T2359", "minute", "2026-02-28T23:59:00", "2026-03-01T00:00:00"],
    ["2026-02-28T235959", "second", "2026-02-28T23:59:59", "2026-03-01T00:00:00"],
  ] as const)("%s begins and ends", (text, precision, first, next) => {
    expect(spanOf(text, precision)).toEqual({ first, next });
  });
});

describe("findDate", () => {
  it("finds a date among those that are known", () => {
    const dates = ["2026-11-01", "2026-11-02", "2026-11-03"];
    const found = ["2026-10-31", ...dates, "2026-11-04"].map((text) => findDate(dates, text, "day"));
    expect(found).toEqual([-1, 0, 1, 2, -1]);
    expect(findDate([], "2026-11-01", "day")).toBe(-1);
  });

  it("gives what lies between the steps of a parameter to the step before it", () => {
    expect(findDate(["2026-11-01", "2026-11-08"], "2026-11-05", "day")).toBe(0);
    expect(findDate(["2026-W45", "2026-W47"], "2026-W46", "week")).toBe(-1);
  });
});
