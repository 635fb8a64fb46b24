/** What Airflow knows of dates, laid over what Luigi said of them. */

import type { DagRun } from "../airflow/types";
import { dateText, findDate, runDate } from "../luigi/run-date";
import type { CellState, Matrix } from "./answer";

export interface Overlay {
  /** The run that counts for a date, by the date's number: the one that began last. */
  runs: ReadonlyMap<number, DagRun>;
  /** Dates that runs stand for and nobody has asked for, in order. */
  neverAsked: readonly string[];
}

export const NOTHING_KNOWN: Overlay = { runs: new Map(), neverAsked: [] };

/** Find the date of each run. */
export function overlay(matrix: Matrix, runs: Iterable<DagRun>, zone: string): Overlay {
  const { precision, dates } = matrix;
  if (precision === null) return NOTHING_KNOWN;
  const found = new Map<number, DagRun>();
  const others = new Set<string>();
  for (const run of runs) {
    const date = runDate(run, zone);
    const text = date && dateText(date, precision);
    if (!text) continue;
    const at = findDate(dates, text, precision);
    if (at < 0) others.add(text);
    else if (counts(run, found.get(at))) found.set(at, run);
  }
  return { runs: found, neverAsked: [...others].sort() };
}

/** Whether a run counts more than another one of its date: it goes on, or it began later. */
function counts(run: DagRun, other: DagRun | undefined): boolean {
  if (!other) return true;
  if (goesOn(run) !== goesOn(other)) return goesOn(run);
  return began(run) >= began(other);
}

export function goesOn(run: DagRun): boolean {
  return run.state === "queued" || run.state === "running";
}

function began(run: DagRun): number {
  return Date.parse(run.start_date ?? run.run_after);
}

const NOT_THERE: readonly CellState[] = ["missing", "missing_external", "gone", "error"];

/** Give what is shown of a cell, or of a date's verdict. */
export function shown(state: CellState, run: DagRun | undefined): CellState {
  if (!run || !NOT_THERE.includes(state)) return state;
  if (goesOn(run)) return "building";
  return state === "missing" && run.state === "failed" ? "failed" : state;
}
