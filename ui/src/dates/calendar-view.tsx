import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, useEffect, useId, useMemo, useRef } from "react";
import { Spacer } from "../parts/spacer";
import { CELL_STATES } from "./answer";
import { daysLater, layOut, WEEKDAYS, type Year, yearsOf } from "./calendar";
import type { Row } from "./rows";
import type { Selection } from "./selection";
import type { Selecting } from "./use-selection";

/** How high a year is drawn: dates.css. */
const YEAR = 176;
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
  const scroller = useRef<HTMLDivElement>(null);
  const byDay = useMemo(() => new Map(rows.map((row, at) => [row.text, at])), [rows]);
  const years = useMemo(() => {
    const found = yearsOf([...byDay.keys()].sort());
    return (newestFirst ? found.reverse() : found).map(layOut);
  }, [byDay, newestFirst]);
  const activeDay = rows[active]?.text ?? "";
  const virtual = useVirtualizer({
    count: years.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => YEAR,
    overscan: 1,
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const activeYear = years.findIndex(({ year }) => activeDay.startsWith(String(year)));
  const isDrawn = items.some((item) => item.index === activeYear);
  useEffect(() => {
    if (activeYear >= 0) virtual.scrollToIndex(activeYear);
  }, [virtual, activeYear]);
  useEffect(() => {
    if (!isDrawn) return;
    const drawn = document.getElementById(`${id}-${activeDay}`);
    drawn?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [id, activeDay, isDrawn]);
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
    <div ref={scroller} className="calendar">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table that has keys
        role="grid"
        aria-label="Calendar of the dates"
        aria-multiselectable="true"
        aria-activedescendant={isDrawn ? `${id}-${activeDay}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <tbody>
          <Spacer height={items[0]?.start ?? 0} />
        </tbody>
        {items.map(({ index }) => {
          const year = years[index] as Year;
          return (
            <YearBlock
              key={year.year}
              id={id}
              year={year}
              rows={rows}
              byDay={byDay}
              selection={selecting.selection}
              activeDay={index === activeYear ? activeDay : ""}
              onPick={onPick}
            />
          );
        })}
        <tbody>
          <Spacer height={virtual.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
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
