/** Which date a run stands for: airflow_luigi.run_date and airflow_luigi.core.dates. */

import type { DagRun } from "../airflow/types";
import { asUtc, DAY, localTime, parseIso, written } from "./local-time";

export type DatedRun = Pick<
  DagRun,
  | "logical_date"
  | "data_interval_start"
  | "data_interval_end"
  | "run_after"
  | "partition_key"
  | "partition_date"
>;

/** Local times: the run's date or the start of its data interval, and the interval's end if it isn't empty. */
export interface RunDate {
  start: string;
  end: string | null;
}

/** Give the date that a run stands for, or null for a partition key that is no date. */
export function runDate(run: DatedRun, zone: string): RunDate | null {
  const at = (text: string) => localTime(Date.parse(text), zone);
  if (run.partition_date) return { start: at(run.partition_date), end: null };
  if (run.partition_key) {
    const read = parseIso(run.partition_key);
    if (read === null) return null;
    return { start: "moment" in read ? localTime(read.moment, zone) : read.local, end: null };
  }
  const { data_interval_start: start, data_interval_end: end } = run;
  if (start) {
    const later = end !== null && Date.parse(end) > Date.parse(start);
    return { start: at(start), end: later ? at(end) : null };
  }
  return { start: at(run.logical_date ?? run.run_after), end: null };
}

export type Precision = "year" | "month" | "week" | "day" | "hour" | "minute" | "second";

const FORMS: [Precision, RegExp][] = [
  ["year", /^\d{4}$/],
  ["month", /^\d{4}-\d\d$/],
  ["week", /^\d{4}-W\d\d$/],
  ["day", /^\d{4}-\d\d-\d\d$/],
  ["hour", /^\d{4}-\d\d-\d\dT\d\d$/],
  ["minute", /^\d{4}-\d\d-\d\dT\d{4}$/],
  ["second", /^\d{4}-\d\d-\d\dT\d{6}$/],
];

/** Give how precise dates are as Luigi writes them, or null where they are of no form, or of several. */
export function precisionOf(dates: readonly string[]): Precision | null {
  const [first] = dates;
  const form = FORMS.find(([, pattern]) => first !== undefined && pattern.test(first));
  return form && dates.every((date) => form[1].test(date)) ? form[0] : null;
}

/** Write a run's date as Luigi writes dates of a precision; null if it stands for none. */
export function dateText({ start, end }: RunDate, precision: Precision): string | null {
  const time = start.slice(11).replaceAll(":", "");
  switch (precision) {
    case "year":
      return start.slice(0, 4);
    case "month":
      return start.slice(0, 7);
    case "day":
      return start.slice(0, 10);
    case "hour":
      return `${start.slice(0, 11)}${time.slice(0, 2)}`;
    case "minute":
      return `${start.slice(0, 11)}${time.slice(0, 4)}`;
    case "second":
      return `${start.slice(0, 11)}${time}`;
    case "week": {
      // A parameter for intervals gets the run's data interval, and that may be something else than a week.
      const monday = new Date(asUtc(start)).getUTCDay() === 1 && time === "000000";
      const whole = end !== null && asUtc(end) - asUtc(start) === 7 * DAY;
      return monday && whole ? weekOf(asUtc(start)) : null;
    }
  }
}

function weekOf(monday: number): string {
  const thursday = new Date(monday + 3 * DAY);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY)) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}

/** Give the first local time of a date as Luigi writes it, and that of the next date. */
export function spanOf(date: string, precision: Precision): { first: string; next: string } {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7)) - 1;
  switch (precision) {
    case "year":
      return { first: written(Date.UTC(year, 0, 1)), next: written(Date.UTC(year + 1, 0, 1)) };
    case "month":
      return { first: written(Date.UTC(year, month, 1)), next: written(Date.UTC(year, month + 1, 1)) };
    case "week": {
      const fourth = Date.UTC(year, 0, 4);
      const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY;
      const first = monday + (Number(date.slice(6)) - 1) * 7 * DAY;
      return { first: written(first), next: written(first + 7 * DAY) };
    }
    default: {
      const time = date.slice(11).padEnd(6, "0");
      const first = asUtc(`${date.slice(0, 10)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`);
      const length = { day: DAY, hour: 3_600_000, minute: 60_000, second: 1_000 }[precision];
      return { first: written(first), next: written(first + length) };
    }
  }
}

/**
 * Give the number of the date that a date belongs to, or -1. Dates may be steps of several days or hours, as
 * a parameter's `interval` says: what lies between two of them belongs to the first.
 *
 * @param dates in order.
 */
export function findDate(dates: readonly string[], text: string, precision: Precision): number {
  let low = 0;
  let high = dates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((dates[middle] as string) <= text) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  const exact = dates[at] === text;
  return exact || (precision !== "week" && at >= 0 && at < dates.length - 1) ? at : -1;
}
