/** The rows of the map: the dates that were asked for, and those that runs stand for and nobody asked for. */

import type { DagRun } from "../airflow/types";
import { type CellState, cell, type Matrix } from "./answer";
import { type Overlay, shown } from "./overlay";

export interface Row {
  text: string;
  /** The date's number, or null if nobody has asked for it. */
  date: number | null;
  verdict: CellState;
}

/** Give the rows, the oldest first. */
export function rowsOf(matrix: Matrix, known: Overlay): Row[] {
  const asked = matrix.dates.map((text, date): Row => {
    return { text, date, verdict: shown(matrix.verdicts[date] ?? "error", known.runs.get(date)) };
  });
  const others = known.neverAsked.map((text): Row => ({ text, date: null, verdict: "never_asked" }));
  if (!others.length) return asked;
  return [...asked, ...others].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

/** What is shown in a cell. */
export function cellState(matrix: Matrix, known: Overlay, date: number, family: number): CellState {
  return shown(matrix.states[date]?.[family] ?? "error", known.runs.get(date));
}

/** The count of a cell, as "3/4", where it has one. */
export function countText(matrix: Matrix, date: number, family: number): string | null {
  const count = matrix.counts.get(cell(date, family));
  return count ? `${count[0]}/${count[1]}` : null;
}

/** A run in a word. */
export function runWord(run: DagRun | undefined): string {
  return run ? run.state : "no run";
}
