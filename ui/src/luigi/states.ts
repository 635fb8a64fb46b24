/**
 * What became of a Luigi task: the states of airflow_luigi.core.report, and those of a build that runs.
 * In this order they are listed.
 */
export const STATES = {
  running: { label: "running", sign: "▶" },
  failed: { label: "failed", sign: "✕" },
  missing_external: { label: "missing external", sign: "?" },
  disabled: { label: "disabled", sign: "⊘" },
  upstream_failed: { label: "upstream failed", sign: "↑" },
  run_by_other_worker: { label: "run by another worker", sign: "⇄" },
  not_run: { label: "not run", sign: "–" },
  waiting: { label: "waiting", sign: "…" },
  ran: { label: "ran", sign: "✓" },
  already_complete: { label: "already complete", sign: "=" },
} as const;

export type TaskState = keyof typeof STATES;

export const TASK_STATES = Object.keys(STATES) as TaskState[];

export function isTaskState(text: string): text is TaskState {
  return text in STATES;
}
