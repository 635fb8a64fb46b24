import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { Spacer } from "../parts/spacer";
import { CELL_STATES, type Matrix } from "./answer";
import { moved } from "./cursor";
import type { Overlay } from "./overlay";
import { cellState, countText, type Row, runWord } from "./rows";
import type { Selecting } from "./use-selection";

const ROW = 28;
/** Before the families: the date, and Airflow's run. */
const LEAD = 2;
const RUN_SIGNS: Record<string, string> = { queued: "…", running: "▶", success: "✓", failed: "✕" };

/** Dates down, families across. */
export function HeatMap({
  matrix,
  known,
  rows,
  selecting,
  active,
  onActive,
}: {
  matrix: Matrix;
  known: Overlay;
  rows: readonly Row[];
  selecting: Selecting;
  active: number;
  onActive: (row: number) => void;
}) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [column, setColumn] = useState(0);
  const columns = LEAD + matrix.families.length;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
    useFlushSync: false,
    scrollPaddingStart: ROW,
    scrollPaddingEnd: ROW,
  });
  const items = virtual.getVirtualItems();
  const isDrawn = items.some((item) => item.index === active);
  const drawn = { "--families": matrix.families.length } as CSSProperties;

  const go = (row: number, extend: boolean) => {
    const from = rows[active]?.date;
    const to = rows[row]?.date;
    if (extend && from !== null && from !== undefined && to !== null && to !== undefined) {
      selecting.extendTo(to, from);
    }
    onActive(row);
    virtual.scrollToIndex(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === " ") {
      const date = rows[active]?.date;
      if (date !== null && date !== undefined) {
        if (event.shiftKey) selecting.extendTo(date, date);
        else selecting.toggle(date);
      }
    } else {
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW * 10) / ROW) - 2);
      const to = moved(event, { row: active, column }, { rows: rows.length, columns, page });
      if (to === null) return;
      setColumn(to.column);
      if (to.row !== active) go(to.row, event.shiftKey);
    }
    event.preventDefault();
  };
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const cell = (event.target as Element).closest<HTMLElement>("[aria-colindex]");
    const place = cell?.closest<HTMLElement>("[aria-rowindex]");
    if (!cell || !place) return;
    const row = Number(place.getAttribute("aria-rowindex")) - 2;
    const at = Number(cell.getAttribute("aria-colindex")) - 1;
    setColumn(at);
    onActive(row);
    const date = rows[row]?.date ?? null;
    if (date === null) return;
    if (event.shiftKey) selecting.extendTo(date, date);
    else if (at === 0) selecting.toggle(date);
  };
  useEffect(() => {
    scroller.current
      ?.querySelector(`thead [aria-colindex="${column + 1}"]`)
      // What lays nothing out, as tests do, has no such thing.
      ?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, [column]);

  return (
    <div ref={scroller} className="map">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table that has keys
        role="grid"
        style={drawn}
        aria-label={`Dates of ${matrix.task}, and what is there`}
        aria-multiselectable="true"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns}
        aria-activedescendant={isDrawn ? `${id}-${active}-${column}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" aria-colindex={1} className="date">
              {matrix.dateParam}
            </th>
            <th scope="col" aria-colindex={2} className="run">
              Airflow run
            </th>
            {matrix.families.map((family, number) => (
              <th key={family} scope="col" aria-colindex={LEAD + number + 1} title={family}>
                {family}
              </th>
            ))}
          </tr>
        </thead>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys */}
        <tbody onClick={onClick}>
          <Spacer height={items[0]?.start ?? 0} />
          {items.map((item) => {
            const row = rows[item.index] as Row;
            return (
              <MapRow
                key={item.key}
                id={id}
                index={item.index}
                row={row}
                matrix={matrix}
                known={known}
                selected={row.date !== null && selecting.selection.has(row.date)}
                column={item.index === active ? column : null}
              />
            );
          })}
          <Spacer height={virtual.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </div>
  );
}

interface MapRowProps {
  id: string;
  index: number;
  row: Row;
  matrix: Matrix;
  known: Overlay;
  selected: boolean;
  /** The column of the cell that is active, if one of this row is. */
  column: number | null;
}

const MapRow = memo(function MapRow({ id, index, row, matrix, known, selected, column }: MapRowProps) {
  return (
    <tr aria-rowindex={index + 2} aria-selected={row.date === null ? undefined : selected}>
      {cellsOf(row, matrix, known).map((cell, at) => {
        const Tag = at === 0 ? "th" : "td";
        return (
          <Tag
            key={cell.key}
            id={`${id}-${index}-${at}`}
            scope={at === 0 ? "row" : undefined}
            aria-colindex={at + 1}
            aria-label={cell.name}
            title={cell.name}
            className={cell.className}
            data-cell={cell.state}
            data-active={at === column || undefined}
          >
            {at === 0 && row.date !== null && <span className="box" data-on={selected || undefined} />}
            {cell.sign && <span className="sign">{cell.sign}</span>}
            {cell.text}
          </Tag>
        );
      })}
    </tr>
  );
});

interface Cell {
  key: string;
  name: string;
  text: string;
  className: string;
  sign?: string;
  state?: string;
}

function cellsOf(row: Row, matrix: Matrix, known: Overlay): Cell[] {
  const run = row.date === null ? undefined : known.runs.get(row.date);
  const word = row.date === null ? "" : runWord(run);
  const verdict = CELL_STATES[row.verdict].label;
  const lead: Cell[] = [
    { key: "date", name: `${row.text}: ${verdict}`, text: row.text, className: "date" },
    {
      key: "run",
      name: row.date === null ? `${row.text}: never asked` : `Airflow run of ${row.text}: ${word}`,
      text: run ? word : row.date === null ? "never asked" : "–",
      className: "run",
      ...(run ? { sign: RUN_SIGNS[run.state] ?? "" } : {}),
    },
  ];
  const families = matrix.families.map((family, number): Cell => {
    const state = row.date === null ? "never_asked" : cellState(matrix, known, row.date, number);
    const count = row.date === null ? null : countText(matrix, row.date, number);
    const { label, sign } = CELL_STATES[state];
    return {
      key: `family ${family}`,
      name: `${family}, ${row.text}: ${label}${count ? `, ${count} done` : ""}`,
      // What is there as it should be needs no word.
      text: [QUIET.has(state) ? "" : label, count ?? ""].filter(Boolean).join(" "),
      className: "cell",
      sign,
      state,
    };
  });
  return [...lead, ...families];
}

const QUIET: ReadonlySet<string> = new Set(["complete", "absent", "never_asked"]);
