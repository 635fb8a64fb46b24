/** A year of days as a calendar: weeks across, weekdays down. */

import { DAY, written } from "../luigi/local-time";

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

export interface Year {
  year: number;
  weeks: number;
  /** For each weekday the days of the year on it, by week; null outside the year. */
  rows: (string | null)[][];
  /** The week in which each month begins. */
  months: { label: string; week: number }[];
}

/** Lay a year out. */
export function layOut(year: number): Year {
  const first = Date.UTC(year, 0, 1);
  const lead = weekday(first);
  const days = (Date.UTC(year + 1, 0, 1) - first) / DAY;
  const weeks = Math.ceil((lead + days) / 7);
  const rows = WEEKDAYS.map((_, down) =>
    Array.from({ length: weeks }, (_, week) => {
      const day = week * 7 + down - lead;
      return day < 0 || day >= days ? null : dayText(first + day * DAY);
    }),
  );
  const months = Array.from({ length: 12 }, (_, month) => {
    const at = Date.UTC(year, month, 1);
    const label = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" }).format(at);
    return { label, week: Math.floor((lead + (at - first) / DAY) / 7) };
  });
  return { year, weeks, rows, months };
}

/** Give the years of dates that are days, in their order. */
export function yearsOf(days: readonly string[]): number[] {
  return [...new Set(days.map((day) => Number(day.slice(0, 4))))];
}

/** Give the day that is so many days later. */
export function daysLater(day: string, days: number): string {
  return dayText(Date.parse(`${day}T00:00:00Z`) + days * DAY);
}

function weekday(moment: number): number {
  return (new Date(moment).getUTCDay() + 6) % 7;
}

function dayText(moment: number): string {
  return written(moment).slice(0, 10);
}
