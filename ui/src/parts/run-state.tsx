import type { RunState } from "../airflow/types";

/** Each state of a run of Airflow's, with the state of a Luigi task that looks like it. */
const LOOKS: Record<RunState, { sign: string; like: string }> = {
  queued: { sign: "…", like: "waiting" },
  running: { sign: "▶", like: "running" },
  success: { sign: "✓", like: "ran" },
  failed: { sign: "✕", like: "failed" },
};

/** A state of a run of Airflow's: its colour, its sign and its name. */
export function RunStateBadge({ state }: { state: RunState }) {
  const look = LOOKS[state];
  return (
    <span className="state" data-state={look?.like ?? "waiting"}>
      <span className="sign" aria-hidden="true">
        {look?.sign ?? "?"}
      </span>
      {state}
    </span>
  );
}
