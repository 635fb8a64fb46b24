import { describe, expect, it } from "vitest";
import { type Scheduled, type Slot, schedule, slotOf, slotsByDate } from "./slots";

const BERLIN = "Europe/Berlin";

function read(logicalDate: string, fields: Scheduled = {}, zone = BERLIN): Slot {
  return slotOf({ logical_date: logicalDate, ...fields }, zone) as Slot;
}

describe("slotOf", () => {
  it("gives the local day of local midnight, when the clocks change too", () => {
    const nights = ["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"];
    const days = ["2026-10-24", "2026-10-25", "2026-10-26"];
    const found = slotsByDate(
      nights.map((night) => read(night)),
      days,
      "day",
    );
    expect([...found].map(([at, slot]) => [days[at], slot.key])).toEqual([
      ["2026-10-24", "2026-10-23T22:00:00.000Z"],
      ["2026-10-25", "2026-10-24T22:00:00.000Z"],
      ["2026-10-26", "2026-10-25T23:00:00.000Z"],
    ]);
  });

  it("takes a run's data interval before its logical date", () => {
    const run = read("2026-11-02T13:45:00Z", { data_interval_start: "2026-10-31T23:00:00Z" });
    expect(run.local).toBe("2026-11-01T00:00:00");
  });

  it.each([
    ["2026-07-08T00:00:00", "2026-07-07T22:00:00Z"],
    ["2026-07-08T00:00:00", null], // Airflow 3.2 has only the key
    ["2026-07-08", null],
    ["2026-07-07T22:00:00Z", null],
    ["8 July", "2026-07-07T22:00:00Z"],
    ["2020-01-01", "2026-07-07T22:00:00Z"],
  ])("reads the partition %s of %s", (key, date) => {
    const slot = slotOf({ partition_key: key, partition_date: date, logical_date: null }, BERLIN);
    expect(slot).toMatchObject({ key, local: "2026-07-08T00:00:00" });
    // The clock of a partition's bounds is the timetable's, whatever timezone is written with it.
    expect(slot?.bound).toBe(Date.parse("2026-07-08T00:00:00Z"));
  });

  it("gives runs without a date no place", () => {
    expect(slotOf({ logical_date: null, partition_key: null }, BERLIN)).toBeNull();
    expect(slotOf({ logical_date: null, partition_key: "europe" }, BERLIN)).toBeNull();
  });
});

describe("schedule", () => {
  it("gives runs their places, and those by hand none", () => {
    const planned = [1, 3].map((day) => read(`2026-11-0${day}T00:00:00Z`));
    const runs = [
      read("2026-11-01T00:00:00Z", { dag_run_id: "first", state: "failed" }),
      read("2026-11-02T00:00:00Z", { dag_run_id: "second", state: "running" }),
      read("2026-11-02T13:45:00Z", { dag_run_id: "by hand", state: "success" }),
    ];
    expect(schedule(planned, runs).map(({ runId, state }) => [runId, state])).toEqual([
      ["first", "failed"],
      ["second", "running"],
      [null, null],
    ]);
  });

  it("lets the last run of a partition count", () => {
    const slot = (state?: "success" | "failed") =>
      slotOf({ partition_key: "2026-11-01", ...(state ? { state } : {}) }, BERLIN) as Slot;
    expect(schedule([slot()], [slot("success"), slot("failed")]).map(({ state }) => state)).toEqual([
      "failed",
    ]);
  });
});

describe("slotsByDate", () => {
  it("has the last of several runs make a date", () => {
    const slots = [1, 2, 30].map((day) => read(`2026-11-${String(day).padStart(2, "0")}T00:00:00Z`));
    expect([...slotsByDate(slots, ["2026-11"], "month")]).toEqual([[0, slots[2]]]);
    const hours = ["24T23", "25T00", "25T01", "25T02"].map((hour) => read(`2026-10-${hour}:00:00Z`));
    const found = slotsByDate(hours, ["2026-10-25T01", "2026-10-25T02", "2026-10-25T03"], "hour");
    expect([...found.values()]).toEqual([hours[0], hours[2], hours[3]]);
  });

  it("lets an interval end where the next one starts", () => {
    const slots = [read("2026-11-01T23:00:00Z"), read("2026-11-08T23:00:00Z")];
    const starts = ["2026-11-02", "2026-11-09", "2026-11-16"].map((day) => `${day}T00:00:00`);
    const weeks = ["2026-W45", "2026-W46"];
    expect([...slotsByDate(slots, weeks, "week", starts).values()]).toEqual(slots);
    expect(slotsByDate(slots, weeks, "week").size).toBe(0);
  });
});
