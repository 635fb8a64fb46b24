import { CELL_STATES, type CellState } from "./answer";

/** A state of a cell: its colour, its sign and its name. */
export function CellBadge({ state }: { state: CellState }) {
  return (
    <span className="state" data-cell={state}>
      <span className="sign" aria-hidden="true">
        {CELL_STATES[state].sign}
      </span>
      {CELL_STATES[state].label}
    </span>
  );
}

/** What each sign means. */
export function Legend() {
  return (
    <ul className="legend" aria-label="What the signs mean">
      {(Object.keys(CELL_STATES) as CellState[]).map((state) => (
        <li key={state}>
          <CellBadge state={state} />
        </li>
      ))}
    </ul>
  );
}
