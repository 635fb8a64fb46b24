import type { DagRun } from "../airflow/types";
import { runDate } from "../luigi/run-date";

/** What one date is: a day, or for DAGs that run more often, an hour. */
export type Step = "day" | "hour";

/** The runs of a DAG that were read, and how its dates are read. */
export interface DagRuns {
  dagId: string;
  timezone: string;
  runs: DagRun[];
  /** Whether there are more that were not read. */
  more: boolean;
}

export interface Row {
  /** "2026-11-21" or "2026-11-21 05:00" */
  date: string;
  /** The last run of each DAG, and how many earlier ones that date has. */
  runs: Map<string, { run: DagRun; earlier: number }>;
}

/** The dates of all these DAGs, the newest first. */
export function rowsOf(dags: readonly DagRuns[], step: Step): Row[] {
  const rows = new Map<string, Row>();
  for (const { dagId, timezone, runs } of dags) {
    for (const run of runs) {
      const moment = runDate(run, timezone)?.start;
      if (moment === undefined) continue;
      const date = step === "day" ? moment.slice(0, 10) : `${moment.slice(0, 13).replace("T", " ")}:00`;
      const row = rows.get(date) ?? { date, runs: new Map() };
      rows.set(date, row);
      const known = row.runs.get(dagId);
      row.runs.set(dagId, {
        run: known && begun(known.run) >= begun(run) ? known.run : run,
        earlier: known ? known.earlier + 1 : 0,
      });
    }
  }
  return [...rows.values()].sort((a, b) => (a.date < b.date ? 1 : -1));
}

/** How many runs are for no date: their partition keys are none. */
export function undated(dags: readonly DagRuns[]): number {
  return dags.flatMap(({ runs, timezone }) => runs.filter((run) => runDate(run, timezone) === null)).length;
}

/** When a run began; one that waits comes after all that have begun. */
function begun(run: DagRun): number {
  return run.start_date === null ? Number.POSITIVE_INFINITY : Date.parse(run.start_date);
}
