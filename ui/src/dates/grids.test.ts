import { describe, expect, it } from "vitest";
import { daysLater, layOut, yearsOf } from "./calendar";
import { moved } from "./cursor";
import { planFor } from "./plan";
import { all, extend, NONE, toggle } from "./selection";
import type { Slot } from "./slots";
import { ago, many } from "./time-text";

describe("a year as a calendar", () => {
  it.each([
    [2026, 53, 365],
    [2024, 53, 366],
    [2000, 53, 366],
    [2012, 54, 366], // it begins on a Sunday
  ])("%i has %i weeks", (year, weeks, days) => {
    const laid = layOut(year);
    expect(laid.weeks).toBe(weeks);
    expect(laid.rows.flat().filter(Boolean)).toHaveLength(days);
    expect(laid.rows.flat().filter((day) => day === `${year}-02-29`)).toHaveLength(days - 365);
  });

  it("has the days below their weekdays, and the months above their first weeks", () => {
    const { rows, months } = layOut(2026);
    expect([rows[2]?.[0], rows[3]?.[0], rows[0]?.[0], rows[0]?.[1]]).toEqual([
      null,
      "2026-01-01",
      null,
      "2026-01-05",
    ]);
    expect(months[10]).toEqual({ label: "Nov", week: rows[6]?.indexOf("2026-11-01") });
  });

  it("goes on from day to day", () => {
    expect(daysLater("2026-03-01", -1)).toBe("2026-02-28");
    expect(daysLater("2026-12-28", 7)).toBe("2027-01-04");
    expect(yearsOf(["2025-12-31", "2026-01-01", "2026-01-02"])).toEqual([2025, 2026]);
  });
});

describe("the arrow keys", () => {
  const size = { rows: 10, columns: 4, page: 3 };
  const press = (key: string, ctrlKey = false) =>
    moved({ key, ctrlKey, metaKey: false }, { row: 5, column: 2 }, size);

  it.each([
    ["ArrowDown", false, 6, 2],
    ["ArrowUp", false, 4, 2],
    ["ArrowRight", false, 5, 3],
    ["ArrowLeft", true, 5, 0],
    ["PageDown", false, 8, 2],
    ["PageUp", false, 2, 2],
    ["Home", false, 5, 0],
    ["End", false, 5, 3],
    ["Home", true, 0, 0],
    ["End", true, 9, 3],
  ])("%s (with Ctrl: %s) lead on", (key, far, row, column) => {
    expect(press(key, far)).toEqual({ row, column });
  });

  it("stay within the grid, and leave other keys alone", () => {
    const corner = { row: 9, column: 3 };
    expect(moved({ key: "ArrowDown", ctrlKey: false, metaKey: false }, corner, size)).toEqual(corner);
    expect(press("a")).toBeNull();
  });
});

describe("a selection", () => {
  it("is toggled and extended, either way", () => {
    expect([...toggle(toggle(NONE, 1), 2)]).toEqual([1, 2]);
    expect([...toggle(toggle(NONE, 1), 1)]).toEqual([]);
    expect([...extend(new Set([9]), 3, 1)]).toEqual([9, 1, 2, 3]);
    expect([...all(["a", "b", "a"], (each) => each === "a")]).toEqual([0, 2]);
  });
});

describe("planFor", () => {
  it("says of each date what there is to do", () => {
    const slot = (day: number, state: Slot["state"]): Slot => {
      const local = `2026-11-0${day}T00:00:00`;
      return { key: local, local, bound: day, runId: null, state };
    };
    const dates = [1, 2, 3, 4, 5].map((day) => `2026-11-0${day}`);
    const slots = [slot(1, null), slot(2, "success"), slot(3, "running"), slot(4, "failed")];
    const plan = planFor(dates, [0, 1, 2, 4], "day", slots);
    expect(plan.dates.map(({ todo }) => todo)).toEqual([
      "make a run",
      "run it again",
      "wait for it",
      "no run of the schedule makes it",
    ]);
    expect(plan).toMatchObject({ runs: 2, again: 1, waitedFor: [slots[2]?.key] });
    expect(plan.backfills).toEqual([{ rule: "completed", slots: [slots[0], slots[1]] }]);
  });
});

describe("times in words", () => {
  it("say how long ago something was", () => {
    const now = Date.parse("2026-11-22T12:00:00Z");
    expect(ago("2026-11-22T11:48:00Z", now)).toBe("12 minutes ago");
    expect(ago("2026-11-22T10:59:00Z", now)).toBe("1 hour ago");
    expect(ago("2026-11-19T12:00:00Z", now)).toBe("3 days ago");
    expect(ago("2026-11-22T11:59:30Z", now)).toBe("just now");
    expect(ago("2026-11-22T12:00:30Z", now)).toBe("just now");
    expect([many(1, "run"), many(2000, "date")]).toEqual(["1 run", "2,000 dates"]);
  });
});
