import { getAll, segment } from "../airflow/api";
import type { Task } from "../airflow/types";

/** What a LuigiOperator or a LuigiCompletenessOperator notes of itself in its params: airflow_luigi.notes. */
export interface Note {
  /** "package.module:Class" */
  task: string;
  /** The Luigi parameter that the run's date goes into; of a LuigiCompletenessOperator, that of its dates. */
  run_date_param: string | null;
  params: Record<string, "template" | "value">;
  timezone: string | null;
  /** Of a LuigiOperator "build", of a LuigiCompletenessOperator "completeness". */
  kind?: "build" | "completeness";
}

const NOTE = "airflow_luigi";

/** What a task of a DAG notes, or null if it is no operator of the bridge. */
export function noteOf(task: Task): Note | null {
  const value = task.params?.[NOTE]?.value;
  if (typeof value !== "object" || value === null || !("task" in value)) return null;
  return value as Note;
}

export interface NotedTask {
  taskId: string;
  note: Note;
}

/** The tasks of a DAG that are Luigi's, in the DAG's order. */
export async function luigiTasks(dagId: string, signal?: AbortSignal): Promise<NotedTask[]> {
  const tasks = await getAll<Task>(`dags/${segment(dagId)}/tasks`, "tasks", {}, { signal });
  return tasks.flatMap((task) => {
    const note = noteOf(task);
    return note ? [{ taskId: task.task_id, note }] : [];
  });
}
