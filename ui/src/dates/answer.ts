/** What a LuigiCompletenessOperator found: airflow_luigi.core.matrix, `compact()` and `compact_markers()`. */

import { type Precision, precisionOf } from "../luigi/run-date";

export const MATRIX_KEY = "luigi_completeness";
export const MARKERS_KEY = "luigi_markers";

export const CELL_STATES = {
  complete: { label: "complete", sign: "✓" },
  missing: { label: "missing", sign: "○" },
  missing_external: { label: "missing external", sign: "?" },
  gone: { label: "gone", sign: "–" },
  always_runs: { label: "always runs", sign: "↻" },
  error: { label: "error", sign: "!" },
  absent: { label: "absent", sign: "·" },
  building: { label: "building now", sign: "▶" },
  failed: { label: "failed", sign: "✕" },
  never_asked: { label: "never asked", sign: "…" },
} as const;

export type CellState = keyof typeof CELL_STATES;

export interface Matrix {
  task: string;
  dateParam: string;
  askedAt: string;
  /** How long it took to ask, in seconds. */
  seconds: number;
  totals: { complete: number; missing: number; error: number };
  families: readonly string[];
  /** In order, the oldest first. */
  dates: readonly string[];
  precision: Precision | null;
  verdicts: readonly CellState[];
  /** For each date a state for each family. */
  states: readonly (readonly CellState[])[];
  /** How many tasks are done, of how many: "date,family" -> [done, all]. */
  counts: ReadonlyMap<string, readonly [number, number]>;
  errors: ReadonlyMap<string, string>;
  /** How many older dates are not in it. */
  omitted: number;
}

export type Marker = readonly [database: string, table: string, updateId: string, inserted: string | null];

export interface Markers {
  markers: readonly Marker[];
  omitted: number;
}

interface Compact {
  task: string;
  date_param: string;
  asked_at: string;
  seconds: number;
  totals: Matrix["totals"];
  codes: Record<string, string>;
  families: string[];
  dates: string[];
  verdicts: string;
  states: string[];
  counts: [number, number, number, number][];
  errors: [number, number, string][];
  omitted: number;
}

/** Give the key of a cell, by the numbers of its date and its family. */
export function cell(date: number, family: number): string {
  return `${date},${family}`;
}

/** Read XCom `luigi_completeness`; null if it is none, or one of another version of the bridge. */
export function readMatrix(value: unknown): Matrix | null {
  if (!isCompact(value)) return null;
  const state = (code: string): CellState => {
    const name = value.codes[code] ?? "";
    return name in CELL_STATES ? (name as CellState) : "error";
  };
  return {
    task: value.task,
    dateParam: value.date_param,
    askedAt: value.asked_at,
    seconds: value.seconds,
    totals: value.totals,
    families: value.families,
    dates: value.dates,
    precision: precisionOf(value.dates),
    verdicts: [...value.verdicts].map(state),
    states: value.states.map((codes) => [...codes].map(state)),
    counts: new Map(value.counts.map(([date, family, done, all]) => [cell(date, family), [done, all]])),
    errors: new Map(value.errors.map(([date, family, text]) => [cell(date, family), text])),
    omitted: value.omitted,
  };
}

function isCompact(value: unknown): value is Compact {
  if (typeof value !== "object" || value === null) return false;
  const given = value as Partial<Compact>;
  const lists = [given.families, given.dates, given.states, given.counts, given.errors];
  return (
    lists.every(Array.isArray) &&
    typeof given.verdicts === "string" &&
    typeof given.codes === "object" &&
    typeof given.totals === "object" &&
    typeof given.omitted === "number" &&
    given.verdicts.length === given.dates?.length &&
    given.states?.length === given.dates?.length
  );
}

/** Read XCom `luigi_markers`; null if it is none. */
export function readMarkers(value: unknown): Markers | null {
  if (typeof value !== "object" || value === null) return null;
  const { markers, omitted } = value as Partial<Markers>;
  return Array.isArray(markers) && typeof omitted === "number" ? { markers, omitted } : null;
}
