import { STATES, type TaskState } from "../luigi/states";

/** A state of a Luigi task: its colour, its sign and its name. */
export function StateBadge({ state }: { state: TaskState }) {
  return (
    <span className="state" data-state={state}>
      <span className="sign" aria-hidden="true">
        {STATES[state].sign}
      </span>
      {STATES[state].label}
    </span>
  );
}
