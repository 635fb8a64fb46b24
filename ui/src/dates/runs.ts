/** The runs of a DAG, as far as they are shown. */

import { get, getAll, getIfThere, runPath, segment } from "../airflow/api";
import type { DagRun } from "../airflow/types";
import { goesOn } from "./overlay";

/** How many runs are read at most, the newest. */
export const MOST_RUNS = 1_000;
const PAGE = 100;

export interface Runs {
  byId: ReadonlyMap<string, DagRun>;
  /** How many older runs have not been read. */
  omitted: number;
}

/** Read the newest runs. */
export async function readRuns(dagId: string, signal: AbortSignal): Promise<Runs> {
  const page = (offset: number) =>
    get<{ dag_runs: DagRun[]; total_entries: number }>(
      `dags/${segment(dagId)}/dagRuns`,
      { order_by: "-run_after", limit: PAGE, offset },
      signal,
    );
  const first = await page(0);
  const total = Math.min(first.total_entries, MOST_RUNS);
  const offsets = Array.from(
    { length: Math.max(0, Math.ceil(total / PAGE) - 1) },
    (_, at) => (at + 1) * PAGE,
  );
  const rest = await Promise.all(offsets.map(page));
  const runs = [first, ...rest].flatMap((each) => each.dag_runs);
  return { byId: byId(runs), omitted: first.total_entries - total };
}

/** Read the runs that have begun or are about to. */
export function readInFlight(dagId: string, signal?: AbortSignal): Promise<DagRun[]> {
  const path = `dags/${segment(dagId)}/dagRuns`;
  return getAll<DagRun>(path, "dag_runs", { state: ["queued", "running"] }, { signal, most: MOST_RUNS });
}

/** Bring runs up to date, knowing which of them go on: those that went on before, and don't now, are read. */
export async function refreshed(runs: Runs, inFlight: readonly DagRun[]): Promise<Runs> {
  const going = new Set(inFlight.map((run) => run.dag_run_id));
  const ended = [...runs.byId.values()].filter((run) => goesOn(run) && !going.has(run.dag_run_id));
  if (!ended.length && !inFlight.length) return runs;
  const read = await Promise.all(ended.map((run) => getIfThere<DagRun>(runPath(run.dag_id, run.dag_run_id))));
  const changed = new Map(runs.byId);
  for (const run of ended) changed.delete(run.dag_run_id);
  for (const run of [...inFlight, ...read.flatMap((each) => each ?? [])]) changed.set(run.dag_run_id, run);
  return { ...runs, byId: changed };
}

function byId(runs: readonly DagRun[]): Map<string, DagRun> {
  return new Map(runs.map((run) => [run.dag_run_id, run]));
}
