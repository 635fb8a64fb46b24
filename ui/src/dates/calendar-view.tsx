import { type KeyboardEvent, memo, useId, useMemo } from "react";
import { CELL_STATES } from "./answer";
import { daysLater, layOut, WEEKDAYS, type Year, yearsOf } from "./calendar";
import type { Row } from "./rows";
import type { Selection } from "./selection";
import type { Selecting } from "./use-selection";

const KEYS: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 };

/** A year a block, weeks across, weekdays down. */
export function CalendarView({
  rows,
  newestFirst,
  selecting,
  active,
  onActive,
}: {
  rows: readonly Row[];
  newestFirst: boolean;
  selecting: Selecting;
  active: number;
  onActive: (row: number) => void;
}) {
  const id = useId();
  const byDay = useMemo(() => new Map(rows.map((row, at) => [row.text, at])), [rows]);
  const years = useMemo(() => {
    const found = yearsOf([...byDay.keys()].sort());
    return (newestFirst ? found.reverse() : found).map(layOut);
  }, [byDay, newestFirst]);
  const activeDay = rows[active]?.text ?? "";
  const onKeyDown = (event: KeyboardEvent) => {
    const date = rows[active]?.date ?? null;
    if (event.key === " ") {
      if (date !== null) event.shiftKey ? selecting.extendTo(date, date) : selecting.toggle(date);
    } else {
      const days = KEYS[event.key];
      if (days === undefined) return;
      const to = byDay.get(daysLater(activeDay, days));
      if (to !== undefined) {
        const next = rows[to]?.date ?? null;
        if (event.shiftKey && next !== null && date !== null) selecting.extendTo(next, date);
        onActive(to);
        document.getElementById(`${id}-${rows[to]?.text}`)?.scrollIntoView({ block: "nearest" });
      }
    }
    event.preventDefault();
  };
  const onPick = (day: string, extend: boolean) => {
    const to = byDay.get(day);
    if (to === undefined) return;
    const date = rows[to]?.date ?? null;
    if (date !== null) extend ? selecting.extendTo(date, date) : selecting.toggle(date);
    onActive(to);
  };
  return (
    <div className="calendar">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table that has keys
        role="grid"
        aria-label="Calendar of the dates"
        aria-multiselectable="true"
        aria-activedescendant={activeDay ? `${id}-${activeDay}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {years.map((year) => (
          <YearBlock
            key={year.year}
            id={id}
            year={year}
            rows={rows}
            byDay={byDay}
            selection={selecting.selection}
            activeDay={activeDay.startsWith(String(year.year)) ? activeDay : ""}
            onPick={onPick}
          />
        ))}
      </table>
    </div>
  );
}

interface YearBlockProps {
  id: string;
  year: Year;
  rows: readonly Row[];
  byDay: ReadonlyMap<string, number>;
  selection: Selection;
  activeDay: string;
  onPick: (day: string, extend: boolean) => void;
}

const YearBlock = memo(
  function YearBlock({ id, year, rows, byDay, selection, activeDay, onPick }: YearBlockProps) {
    return (
      <tbody className="year">
        <tr>
          <th scope="rowgroup" colSpan={54}>
            {year.year}
          </th>
        </tr>
        <tr className="months">
          {year.rows[0]?.map((_, week) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a place in the year
            <td key={week}>{year.months.find((month) => month.week === week)?.label}</td>
          ))}
        </tr>
        {year.rows.map((days, down) => (
          <tr key={WEEKDAYS[down]} aria-label={WEEKDAYS[down]}>
            {days.map((day, week) => {
              const at = day === null ? undefined : byDay.get(day);
              if (day === null || at === undefined) {
                // biome-ignore lint/suspicious/noArrayIndexKey: a place in the year
                return <td key={week} className="day" />;
              }
              const row = rows[at] as Row;
              const { label, sign } = CELL_STATES[row.verdict];
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
                // biome-ignore lint/a11y/useAriaPropsSupportedByRole: in a grid it is a gridcell
                <td
                  key={day}
                  id={`${id}-${day}`}
                  className="day"
                  data-cell={row.verdict}
                  data-active={day === activeDay || undefined}
                  aria-selected={row.date !== null && selection.has(row.date)}
                  aria-label={`${day}: ${label}`}
                  title={`${day}: ${label}`}
                  onClick={(event) => onPick(day, event.shiftKey)}
                >
                  {sign}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    );
  },
  // Moving about and selecting change one year, and there may be many.
  (before, after) =>
    before.year === after.year &&
    before.rows === after.rows &&
    before.activeDay === after.activeDay &&
    before.selection === after.selection,
);
