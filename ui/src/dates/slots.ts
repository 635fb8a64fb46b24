/** A DAG's schedule with the runs that there are: airflow_luigi.cli.run_dates. */

import type { RunState } from "../airflow/types";
import { asUtc, DAY, localTime, parseIso } from "../luigi/local-time";
import { type DatedRun, dateText, findDate, type Precision } from "../luigi/run-date";

/** A place in a DAG's schedule, whether there is a run in it or not. */
export interface Slot {
  /** What Airflow knows it by: the logical date, or the partition key. */
  key: string;
  /** What a run in it stands for: the time that the timetable's clocks show. */
  local: string;
  /** As `from_date` or `to_date` of a backfill, it begins or ends with this run. */
  bound: number;
  runId: string | null;
  /** The run's state, or null if there is none. */
  state: RunState | null;
}

/** A run, or an entry of a backfill's dry run. */
export type Scheduled = Partial<DatedRun> & { dag_run_id?: string; state?: RunState };

/** Whether a place's run has begun or is about to. */
export function inFlight(slot: Slot): boolean {
  return slot.state === "queued" || slot.state === "running";
}

/** Give a run's place in the schedule, or null when it has no date. */
export function slotOf(run: Scheduled, zone: string): Slot | null {
  const rest = { runId: run.dag_run_id ?? null, state: run.state ?? null };
  if (run.partition_key) {
    const local = partitionTime(run.partition_key, run.partition_date ?? null, zone);
    // Of the bounds of partitions Airflow reads the clock, in the timetable's timezone.
    return local === null ? null : { key: run.partition_key, local, bound: asUtc(local), ...rest };
  }
  if (!run.logical_date) return null;
  const bound = Date.parse(run.logical_date);
  // Of a run on schedule the logical date is the start of the data interval; one by hand may differ.
  const start = run.data_interval_start ? Date.parse(run.data_interval_start) : bound;
  return { key: new Date(bound).toISOString(), local: localTime(start, zone), bound, ...rest };
}

/** A partition's key is local time, as Airflow writes it, or nothing to read. */
function partitionTime(key: string, date: string | null, zone: string): string | null {
  const own = date === null ? null : localTime(Date.parse(date), zone);
  const read = parseIso(key);
  if (read === null) return own;
  const local = "moment" in read ? localTime(read.moment, zone) : read.local;
  // No two clocks on earth differ by more than 15 hours.
  const far = date !== null && Math.abs(asUtc(local) - Date.parse(date)) > (DAY * 15) / 24;
  return far ? own : local;
}

/**
 * Put together what Airflow would run and what it has run, in the order of the schedule.
 *
 * @param planned of a dry run, which leaves out runs in flight.
 * @param runs the older first; of several for a place the last one counts.
 */
export function schedule(planned: readonly Slot[], runs: readonly Slot[]): Slot[] {
  const found = new Map(planned.map((slot) => [slot.key, slot]));
  for (const run of runs) {
    if (found.has(run.key) || inFlight(run)) found.set(run.key, run);
  }
  return [...found.values()].sort((a, b) => a.bound - b.bound);
}

/**
 * Give for each date's number the place that makes it; of several, as an hourly DAG has for a day, the last.
 *
 * @param starts where runs have a data interval that isn't empty: when intervals start, on local clocks; one
 *   ends where the next starts.
 */
export function slotsByDate(
  slots: readonly Slot[],
  dates: readonly string[],
  precision: Precision,
  starts: readonly string[] = [],
): Map<number, Slot> {
  const sorted = [...new Set(starts)].sort();
  const ends = new Map(sorted.map((start, at) => [start, sorted[at + 1] ?? null]));
  const found = new Map<number, Slot>();
  for (const slot of slots) {
    const text = dateText({ start: slot.local, end: ends.get(slot.local) ?? null }, precision);
    const at = text === null ? -1 : findDate(dates, text, precision);
    if (at >= 0) found.set(at, slot);
  }
  return found;
}
