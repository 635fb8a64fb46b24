import type { TaskInstance } from "../airflow/types";
import { assemble, type Build, type Entry, type Head, type Place } from "../luigi/live";
import { TASK_STATES, type TaskState } from "../luigi/states";
import { mergeBuilds, type Tasks } from "./tasks";

/** Builds for tests. */
export interface Made {
  family: string;
  params?: Record<string, string>;
  /** The places of others in the list. */
  requires?: number[];
  state?: TaskState;
  error?: [line: string, detail: string];
  outputs?: string[];
}

const LETTERS = "abcdefghijklmnop";

export function headOf(made: Made[], own: Partial<Head> = {}): Head {
  return {
    version: 1,
    try_number: 1,
    pages: 1,
    last_page: 1,
    edition: 1,
    started: 1000,
    published: 1010,
    status: "SUCCESS",
    states: made.map(({ state = "ran" }) => LETTERS[TASK_STATES.indexOf(state)]).join(""),
    codes: Object.fromEntries(TASK_STATES.map((state, at) => [LETTERS[at], state])),
    omitted: 0,
    ...own,
  };
}

export function entriesOf(made: Made[]): Entry[] {
  return made.flatMap(({ family, params = {}, requires = [], error, outputs }, number): Entry[] => {
    const values = Object.values(params);
    return [
      { family: [number, family, `shop.pipeline:${family}`, Object.keys(params)] },
      { task: [number, idOf({ family, params }), number, values, requires] },
      ...(error ? [{ error: [number, ...error] } satisfies Entry] : []),
      ...(outputs ? [{ outputs: [number, outputs, 0] } satisfies Entry] : []),
    ];
  });
}

/** An id in luigi's form. */
export function idOf({ family, params = {} }: Pick<Made, "family" | "params">): string {
  return [family, ...Object.values(params), "0123456789"].join("_");
}

export function buildOf(made: Made[], head: Partial<Head> = {}): Build {
  return assemble(headOf(made, head), entriesOf(made));
}

export function placeOf(taskId = "build", mapIndex = -1): Place {
  return { dagId: "shop", runId: "monday", taskId, mapIndex };
}

export function tasksOf(made: Made[]): Tasks {
  return mergeBuilds([{ place: placeOf(), build: buildOf(made) }]);
}

export function instanceOf(own: Partial<TaskInstance> = {}): TaskInstance {
  return {
    dag_id: "shop",
    dag_run_id: "monday",
    task_id: "build",
    map_index: -1,
    state: "success",
    try_number: 1,
    start_date: null,
    end_date: null,
    duration: null,
    operator: "LuigiOperator",
    operator_name: "LuigiOperator",
    ...own,
  };
}
