import type { DagRun } from "../airflow/types";

/** What of a run says which date it stands for. */
export type DatedRun = Pick<
  DagRun,
  "partition_date" | "partition_key" | "data_interval_start" | "logical_date" | "run_after"
>;

/**
 * When the date that a run stands for begins, as the clocks of a timezone show it: "2026-11-21T05:00:00".
 * airflow_luigi.run_date says the same in Python. Null: the run's partition key is no date.
 */
export function runMoment(run: DatedRun, timezone: string): string | null {
  if (run.partition_date) return localTime(run.partition_date, timezone);
  if (run.partition_key) return fromKey(run.partition_key, timezone);
  return localTime(run.data_interval_start ?? run.logical_date ?? run.run_after, timezone);
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$/;

function fromKey(key: string, timezone: string): string | null {
  const match = ISO.exec(key);
  if (match === null || Number.isNaN(Date.parse(key))) return null;
  const [, day, time = "00:00", seconds = ":00", offset] = match;
  return offset ? localTime(key, timezone) : `${day}T${time}${seconds}`;
}

function localTime(moment: string, timezone: string): string {
  // Swedish writes times in ISO 8601's order.
  return clock(timezone).format(new Date(moment)).replace(" ", "T");
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(timezone: string): Intl.DateTimeFormat {
  let found = clocks.get(timezone);
  if (!found) {
    found = new Intl.DateTimeFormat("sv-SE", {
      timeZone: timezone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    clocks.set(timezone, found);
  }
  return found;
}
