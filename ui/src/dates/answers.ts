/** The last answers of LuigiCompletenessOperators, and asking them again. */

import { get, getIfThere, post, runPath, segment, taskPath } from "../airflow/api";
import type { Dag, DagRun, TaskInstance, XCom } from "../airflow/types";
import { MARKERS_KEY, MATRIX_KEY, type Markers, type Matrix, readMarkers, readMatrix } from "./answer";
import type { Asker } from "./pipelines";

export interface Answer {
  asker: Asker;
  runId: string;
  mapIndex: number;
  at: string;
  /** Null where what is there can't be read. */
  matrix: Matrix | null;
}

/** How many of an asker's last runs are looked at for an answer. */
const LOOKED_AT = 10;

/** Give the last answer of each asker that has one, the newest first. */
export async function lastAnswers(askers: readonly Asker[], signal: AbortSignal): Promise<Answer[]> {
  const found = await Promise.all(askers.map((asker) => lastAnswer(asker, signal)));
  return found.flatMap((answer) => answer ?? []).sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

// XComs of all runs can't be sorted by their time before Airflow 3.2; runs of a task can.
async function lastAnswer(asker: Asker, signal: AbortSignal): Promise<Answer | null> {
  const { task_instances: runs } = await get<{ task_instances: TaskInstance[] }>(
    `dags/${segment(asker.dagId)}/dagRuns/~/taskInstances`,
    { task_id: asker.taskId, order_by: "-start_date", limit: LOOKED_AT },
    signal,
  );
  for (const { dag_run_id: runId, map_index: mapIndex, start_date: started } of runs) {
    if (started === null) continue;
    const entry = await xcom(asker, runId, mapIndex, MATRIX_KEY, signal);
    if (entry) return { asker, runId, mapIndex, at: entry.timestamp, matrix: readMatrix(entry.value) };
  }
  return null;
}

/** Give the markers that were found with an answer; null if the bridge kept none then. */
export async function markersOf(answer: Answer, signal: AbortSignal): Promise<Markers | null> {
  const entry = await xcom(answer.asker, answer.runId, answer.mapIndex, MARKERS_KEY, signal);
  return entry && readMarkers(entry.value);
}

function xcom(asker: Asker, runId: string, mapIndex: number, key: string, signal: AbortSignal) {
  return getIfThere<XCom<unknown>>(
    `${taskPath(asker.dagId, runId, asker.taskId)}/xcomEntries/${key}`,
    { map_index: mapIndex, deserialize: true },
    signal,
  );
}

/** What else a run of an asker's DAG does, and whether it would wait. */
export interface Surroundings {
  otherTasks: string[];
  isPaused: boolean;
}

export async function surroundings(asker: Asker, signal: AbortSignal): Promise<Surroundings> {
  const path = `dags/${segment(asker.dagId)}`;
  const [dag, { tasks }] = await Promise.all([
    get<Dag>(path, {}, signal),
    get<{ tasks: { task_id: string }[] }>(`${path}/tasks`, {}, signal),
  ]);
  const otherTasks = tasks.map((task) => task.task_id).filter((id) => id !== asker.taskId);
  return { otherTasks, isPaused: dag.is_paused };
}

/** Have a DAG run again, as it ran when it gave an answer. */
export async function askAgain(asker: Asker, answer: Answer | null): Promise<DagRun> {
  const before = answer && (await getIfThere<DagRun>(runPath(asker.dagId, answer.runId)));
  return post<DagRun>(`dags/${segment(asker.dagId)}/dagRuns`, {
    logical_date: null,
    conf: before?.conf ?? {},
  });
}
