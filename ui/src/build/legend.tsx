import { STATES, TASK_STATES, type TaskState } from "../luigi/states";
import { type Counts, number } from "./tasks";

/** What the colours mean, how many tasks there are in each state, and the filter by state. */
export function Legend({
  counts,
  chosen,
  onChange,
}: {
  counts: Counts;
  chosen: ReadonlySet<TaskState>;
  onChange: (chosen: ReadonlySet<TaskState>) => void;
}) {
  const toggle = (state: TaskState) => {
    const next = new Set(chosen);
    if (!next.delete(state)) next.add(state);
    onChange(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be a row of buttons among others
    <div className="legend" role="group" aria-label="Filter by state">
      {TASK_STATES.map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={chosen.has(state)}
          disabled={!counts[state] && !chosen.has(state)}
          onClick={() => toggle(state)}
        >
          <span className="state" data-state={state}>
            <span className="sign" aria-hidden="true">
              {STATES[state].sign}
            </span>
            {STATES[state].label}
          </span>{" "}
          {number(counts[state] ?? 0)}
        </button>
      ))}
    </div>
  );
}
