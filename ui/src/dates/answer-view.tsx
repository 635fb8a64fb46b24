import { useMemo, useState } from "react";
import { Message } from "../parts/message";
import type { Matrix } from "./answer";
import type { Answer } from "./answers";
import { CalendarView } from "./calendar-view";
import { Legend } from "./cell-badge";
import { DatePanel } from "./date-panel";
import { HeatMap } from "./heat-map";
import { MarkersTable } from "./markers-table";
import { NOTHING_KNOWN, overlay } from "./overlay";
import { rowsOf } from "./rows";
import type { Runs } from "./runs";
import { all, NONE } from "./selection";
import { many } from "./time-text";
import { useSelection } from "./use-selection";

export type View = "map" | "calendar" | "markers";

const VIEWS: Record<View, string> = { map: "Map", calendar: "Calendar", markers: "Markers" };

export interface ViewOptions {
  view: View;
  newestFirst: boolean;
}

/** An answer in each of its views, and which dates of it are selected. */
export function AnswerView({
  answer,
  matrix,
  runs,
  zone,
  options,
  onOptions,
  canBackfill,
  onBackfill,
}: {
  answer: Answer;
  matrix: Matrix;
  runs: Runs | undefined;
  zone: string;
  options: ViewOptions;
  onOptions: (options: ViewOptions) => void;
  canBackfill: boolean;
  onBackfill: (selected: number[]) => void;
}) {
  const { newestFirst } = options;
  const view = options.view === "calendar" && matrix.precision !== "day" ? "map" : options.view;
  const selecting = useSelection();
  const [active, setActive] = useState<string | null>(null);
  const known = useMemo(
    () => (runs ? overlay(matrix, runs.byId.values(), zone) : NOTHING_KNOWN),
    [matrix, runs, zone],
  );
  const rows = useMemo(() => {
    const sorted = rowsOf(matrix, known);
    return newestFirst ? sorted.reverse() : sorted;
  }, [matrix, known, newestFirst]);
  const found = rows.findIndex((row) => (active === null ? row.date !== null : row.text === active));
  const at = Math.max(0, found);
  const onActive = (row: number) => setActive(rows[row]?.text ?? null);
  const selected = [...selecting.selection].sort((a, b) => a - b);
  // What is complete, Luigi would not make again.
  const toMake = selected.filter((date) => matrix.verdicts[date] !== "complete");
  const missing = matrix.verdicts.filter((verdict) => verdict === "missing").length;
  return (
    <>
      <div className="row tools">
        <fieldset className="row">
          <legend className="visually-hidden">View</legend>
          {(Object.keys(VIEWS) as View[]).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={view === each}
              disabled={each === "calendar" && matrix.precision !== "day"}
              onClick={() => onOptions({ ...options, view: each })}
            >
              {VIEWS[each]}
            </button>
          ))}
        </fieldset>
        {view !== "markers" && (
          <>
            <label className="row">
              Order
              <select
                value={newestFirst ? "newest" : "oldest"}
                onChange={(event) => onOptions({ ...options, newestFirst: event.target.value === "newest" })}
              >
                <option value="newest">newest first</option>
                <option value="oldest">oldest first</option>
              </select>
            </label>
            <button
              type="button"
              disabled={!missing}
              onClick={() => selecting.set(all(matrix.verdicts, (verdict) => verdict === "missing"))}
            >
              Select all missing
            </button>
            <button type="button" disabled={!selected.length} onClick={() => selecting.set(NONE)}>
              Select none
            </button>
            <span aria-live="polite">
              {many(selected.length, "date")} selected
              {toMake.length < selected.length && `, ${toMake.length} of them to make`}
            </span>
            <button
              type="button"
              className="primary"
              disabled={!toMake.length || !canBackfill}
              onClick={() => onBackfill(toMake)}
            >
              Backfill…
            </button>
          </>
        )}
      </div>
      {view === "markers" ? (
        <MarkersTable answer={answer} />
      ) : (
        <>
          <Legend />
          <div className="map-and-panel">
            {view === "calendar" ? (
              <CalendarView
                rows={rows}
                newestFirst={newestFirst}
                selecting={selecting}
                active={at}
                onActive={onActive}
              />
            ) : (
              <HeatMap
                matrix={matrix}
                known={known}
                rows={rows}
                selecting={selecting}
                active={at}
                onActive={onActive}
              />
            )}
            <DatePanel matrix={matrix} known={known} row={rows[at]} selecting={selecting} />
          </div>
          {matrix.omitted > 0 && (
            <Message>
              {many(matrix.omitted, "older date")} left out of the answer; its totals count all.
            </Message>
          )}
          {runs !== undefined && runs.omitted > 0 && (
            <Message>
              Of Airflow's runs, the newest are shown; {many(runs.omitted, "older one")} left out.
            </Message>
          )}
        </>
      )}
    </>
  );
}
