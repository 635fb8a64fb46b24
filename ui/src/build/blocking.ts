import type { TaskState } from "../luigi/states";
import { isDone, type Task, type Tasks } from "./tasks";

const BLOCKS: ReadonlySet<TaskState> = new Set([
  "failed",
  "missing_external",
  "disabled",
  "run_by_other_worker",
]);

/** Whether tasks that require one in this state wait in vain. */
export function isBlocking(state: TaskState): boolean {
  return BLOCKS.has(state);
}

/** The tasks below a task that keep it from running, those nearest to it first. */
export function blockersOf(tasks: Tasks, task: Task): Task[] {
  return walk(tasks, task, "requires").filter((each) => isBlocking(each.state));
}

/** The tasks that depend on a task and are not done, those nearest to it first. */
export function blockedBy(tasks: Tasks, task: Task): Task[] {
  return walk(tasks, task, "requiredBy");
}

/** All that is reached along one kind of edge, through tasks that are not done. */
function walk(tasks: Tasks, from: Task, edge: "requires" | "requiredBy"): Task[] {
  const found = new Set<Task>([from]);
  for (const task of found) {
    for (const id of task[edge]) {
      const next = tasks.get(id);
      if (next && !isDone(next.state)) found.add(next);
    }
  }
  found.delete(from);
  return [...found];
}
