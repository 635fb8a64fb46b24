import { blockedBy, blockersOf, isBlocking } from "./blocking";
import { isDone, number, type Task, type Tasks } from "./tasks";

/** Why a task was not run, or what came of that: a sentence, and the tasks that it speaks of. */
export interface Explanation {
  text: string;
  tasks: Task[];
}

export function explain(tasks: Tasks, task: Task): Explanation | null {
  switch (task.state) {
    case "already_complete":
      return { text: "Luigi asked complete() and got True, so it was not run.", tasks: [] };
    case "upstream_failed":
      return because("It was not run, for these below it are not there:", blockersOf(tasks, task));
    case "waiting":
    case "not_run": {
      const blockers = blockersOf(tasks, task);
      const open = task.requires
        .map((id) => tasks.get(id))
        .filter((each): each is Task => each !== undefined && !isDone(each.state));
      if (blockers.length > 0) return because("These below it keep it from running:", blockers);
      if (open.length > 0) return because("It requires these, which are not done:", open);
      const ready = "All that it requires is done.";
      return task.state === "waiting"
        ? { text: `${ready} It waits for its turn.`, tasks: [] }
        : { text: `${ready} The build ended before it was its turn.`, tasks: [] };
    }
    default:
      if (!isBlocking(task.state)) return null;
      return consequence(WHY[task.state] ?? "", blockedBy(tasks, task));
  }
}

const WHY: Partial<Record<Task["state"], string>> = {
  missing_external: "It is external: Luigi does not make it, and it is not there. ",
  disabled: "Luigi's scheduler has disabled it, as it does when a task fails too often. ",
  run_by_other_worker: "Another worker of the same scheduler has it. ",
};

function because(text: string, tasks: Task[]): Explanation {
  return { text: tasks.length > 0 ? text : "It was not run.", tasks };
}

function consequence(why: string, blocked: Task[]): Explanation {
  const count = blocked.length;
  const text =
    count === 0
      ? "No task that is not done depends on it."
      : `${number(count)} ${count === 1 ? "task that is not done depends" : "tasks that are not done depend"} on it:`;
  return { text: why + text, tasks: blocked };
}
