/** What of Airflow's REST API, version 2, is used here. */

export type RunState = "queued" | "running" | "success" | "failed";

export interface DagRun {
  dag_id: string;
  dag_run_id: string;
  state: RunState;
  run_type: string;
  logical_date: string | null;
  data_interval_start: string | null;
  data_interval_end: string | null;
  run_after: string;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  conf?: Record<string, unknown> | null;
  /** Airflow 3.2 and later. */
  partition_key?: string | null;
  /** Airflow 3.3 and later. */
  partition_date?: string | null;
}

export interface TaskInstance {
  dag_id: string;
  dag_run_id: string;
  task_id: string;
  map_index: number;
  state: string | null;
  try_number: number;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  operator: string | null;
  operator_name?: string | null;
  rendered_fields?: Record<string, unknown>;
}

export interface Task {
  task_id: string;
  operator_name: string | null;
  params: Record<string, { value: unknown }> | null;
  downstream_task_ids: string[];
}

export interface Dag {
  dag_id: string;
  dag_display_name: string;
  is_paused: boolean;
  timetable_summary: string | null;
}

/** What `dags/{dag_id}/details` says beyond that. */
export interface DagDetails extends Dag {
  is_stale: boolean;
  timezone: string | null;
  next_dagrun_data_interval_start: string | null;
  next_dagrun_data_interval_end: string | null;
  /** Airflow 3.2 and later. */
  timetable_partitioned?: boolean;
  /** Airflow 3.3 and later. */
  timetable_periodic?: boolean;
}

export interface XCom<T> {
  key: string;
  value: T;
  dag_id: string;
  run_id: string;
  task_id: string;
  map_index: number;
  timestamp: string;
}

/** States in which a task of Airflow goes on. */
const UNFINISHED = new Set([
  "scheduled",
  "queued",
  "running",
  "restarting",
  "deferred",
  "up_for_retry",
  "up_for_reschedule",
  "awaiting_input",
]);

/** Whether more may happen to a task of Airflow without anybody's doing; one without a state has not begun. */
export function isUnfinished(state: string | null): boolean {
  return state === null || UNFINISHED.has(state);
}
