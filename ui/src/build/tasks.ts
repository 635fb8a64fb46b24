import type { Build, LuigiTask, Place } from "../luigi/live";
import type { TaskState } from "../luigi/states";

/** What a task of Airflow published, and which it is. */
export interface PlacedBuild {
  place: Place;
  build: Build;
}

/** What became of a Luigi task in one task of Airflow. */
export interface Part {
  place: Place;
  tryNumber: number;
  state: TaskState;
}

/** A Luigi task, as all builds that were read have it together. */
export interface Task extends Omit<LuigiTask, "number" | "requires"> {
  /** Luigi's ids of the tasks that it requires, and of those that require it. */
  requires: string[];
  requiredBy: string[];
  parts: Part[];
}

export type Tasks = ReadonlyMap<string, Task>;

// Of a task in several builds the first of these counts: what was done, before why it was not done.
const STRONGEST: TaskState[] = [
  "running",
  "ran",
  "already_complete",
  "failed",
  "missing_external",
  "disabled",
  "run_by_other_worker",
  "upstream_failed",
  "not_run",
  "waiting",
];
const STRENGTH = Object.fromEntries(STRONGEST.map((state, at) => [state, -at])) as Record<TaskState, number>;

export function isDone(state: TaskState): boolean {
  return state === "ran" || state === "already_complete";
}

/** Put the tasks of builds together, by Luigi's ids of them. */
export function mergeBuilds(builds: readonly PlacedBuild[]): Tasks {
  const tasks = new Map<string, Task>();
  const requires = new Map<string, Set<string>>();
  for (const { place, build } of builds) {
    const ids = new Map(build.tasks.map((task) => [task.number, task.id]));
    for (const { number: _, requires: numbers, ...own } of build.tasks) {
      // A page that a head already counts on may be read a moment later.
      if (own.id === "") continue;
      const part = { place, tryNumber: build.head.try_number, state: own.state };
      const known = tasks.get(own.id);
      const wanted = requires.get(own.id) ?? new Set();
      requires.set(own.id, wanted);
      for (const number of numbers) {
        const id = ids.get(number);
        if (id && id !== own.id) wanted.add(id);
      }
      if (!known) {
        tasks.set(own.id, { ...own, requires: [], requiredBy: [], parts: [part] });
      } else {
        known.parts.push(part);
        if (STRENGTH[own.state] > STRENGTH[known.state]) Object.assign(known, own);
      }
    }
  }
  for (const [id, wanted] of requires) {
    const task = tasks.get(id) as Task;
    task.requires = [...wanted];
    for (const other of wanted) tasks.get(other)?.requiredBy.push(id);
  }
  return tasks;
}

/** `Family(name=value, ...)`, as Luigi writes a task. */
export function taskName(task: Pick<Task, "family" | "params">): string {
  return `${task.family}(${paramsText(task)})`;
}

export function paramsText(task: Pick<Task, "params">): string {
  return task.params.map(([name, value]) => `${name}=${value}`).join(", ");
}

export type Counts = Partial<Record<TaskState, number>>;

export function countStates(tasks: Iterable<Pick<Task, "state">>): Counts {
  const counts: Counts = {};
  for (const { state } of tasks) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** How far it is: "37 of 120 done, 2 running". */
export function progressText(counts: Counts): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const done = (counts.ran ?? 0) + (counts.already_complete ?? 0);
  const running = counts.running ? `, ${number(counts.running)} running` : "";
  return `${number(done)} of ${number(all)} done${running}`;
}

export function number(count: number): string {
  return count.toLocaleString("en");
}
