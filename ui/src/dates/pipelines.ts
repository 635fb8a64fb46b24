/** Which DAGs have Luigi in them. */

import { ApiError, get, getAll, getIfThere, segment } from "../airflow/api";
import type { Dag, TaskInstance } from "../airflow/types";
import { luigiTasks, type NotedTask } from "../luigi/notes";

/** How many DAGs are looked at, each with a request, and how many at a time. */
export const MOST_DAGS = 300;
const MOST_LISTED = 1_000;
const AT_A_TIME = 4;

const OPERATORS = ["LuigiOperator", "LuigiNodeOperator", "LuigiCompletenessOperator"];

/** A DAG with Luigi in it. */
export interface Pipeline {
  dagId: string;
  name: string;
  isPaused: boolean;
  tasks: NotedTask[];
}

/** A Luigi task that a DAG builds; of a graph, where many tasks build parts of it, the whole. */
export function built(pipeline: Pipeline): NotedTask[] {
  const found = new Map<string, NotedTask>();
  for (const each of pipeline.tasks) {
    if (each.note.kind !== "completeness" && !found.has(each.note.task)) found.set(each.note.task, each);
  }
  return [...found.values()];
}

/** A task of a DAG that asks which dates of a Luigi task are there. */
export interface Asker {
  dagId: string;
  taskId: string;
}

/** Give those that ask for the dates of a Luigi task; those of paused DAGs, which wait, come last. */
export function askersOf(pipelines: readonly Pipeline[], task: string): Asker[] {
  const sorted = [...pipelines].sort((a, b) => Number(a.isPaused) - Number(b.isPaused));
  return sorted.flatMap(({ dagId, tasks }) =>
    tasks.flatMap(({ taskId, note }) =>
      note.kind === "completeness" && note.task === task ? [{ dagId, taskId }] : [],
    ),
  );
}

export interface Scan {
  pipelines: readonly Pipeline[];
  looked: number;
  /** How many DAGs there are to look at, and how many more are left out. */
  total: number;
  omitted: number;
  done: boolean;
}

/**
 * Look at every DAG that the user may see, those first that Luigi has run in lately.
 *
 * @param first a DAG that is looked at before all others.
 * @param onFound is told after each DAG.
 */
export async function scan(
  first: string | null,
  onFound: (scan: Scan) => void,
  signal: AbortSignal,
): Promise<void> {
  const [listed, recent, wanted] = await Promise.all([
    getAll<Dag>("dags", "dags", { order_by: "dag_id" }, { signal, most: MOST_LISTED }),
    orElse(recently(signal), new Set<string>()),
    first === null ? null : getIfThere<Dag>(`dags/${segment(first)}`, {}, signal),
  ]);
  const all = listed.filter((dag) => dag.dag_id !== first).concat(wanted ?? []);
  const rank = (dag: Dag) => (dag.dag_id === first ? 0 : recent.has(dag.dag_id) ? 1 : 2);
  const sorted = [...all].sort((a, b) => rank(a) - rank(b));
  const dags = sorted.slice(0, MOST_DAGS);
  const pipelines: Pipeline[] = [];
  let looked = 0;
  const tell = () =>
    onFound({
      pipelines: [...pipelines].sort((a, b) => a.dagId.localeCompare(b.dagId)),
      looked,
      total: dags.length,
      omitted: sorted.length - dags.length,
      done: looked === dags.length,
    });
  tell();
  const queue = dags.values();
  const look = async () => {
    for (const dag of queue) {
      const tasks = await orElse(luigiTasks(dag.dag_id, signal), []);
      if (tasks.length) {
        pipelines.push({
          dagId: dag.dag_id,
          name: dag.dag_display_name,
          isPaused: dag.is_paused,
          tasks,
        });
      }
      looked += 1;
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, look));
}

async function recently(signal: AbortSignal): Promise<Set<string>> {
  const { task_instances: found } = await get<{ task_instances: TaskInstance[] }>(
    "dags/~/dagRuns/~/taskInstances",
    { operator: OPERATORS, order_by: "-start_date", limit: 100 },
    signal,
  );
  return new Set(found.map((each) => each.dag_id));
}

/** Read what a user may not be allowed to see, or what is gone meanwhile. */
async function orElse<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return otherwise;
    throw error;
  }
}
