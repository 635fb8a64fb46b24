import type { Tasks } from "./tasks";

/** The level of each task: the length of the longest path to it from a task that requires nothing. */
export function levelsOf(tasks: Tasks): Map<string, number> {
  const levels = new Map<string, number>();
  const open = new Map<string, number>();
  const ready: string[] = [];
  for (const [id, task] of tasks) {
    const wanted = task.requires.filter((each) => tasks.has(each)).length;
    levels.set(id, 0);
    if (wanted === 0) ready.push(id);
    else open.set(id, wanted);
  }
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at] as string;
    const next = (levels.get(id) ?? 0) + 1;
    for (const above of tasks.get(id)?.requiredBy ?? []) {
      levels.set(above, Math.max(levels.get(above) ?? 0, next));
      const left = (open.get(above) ?? 0) - 1;
      open.set(above, left);
      if (left === 0) ready.push(above);
    }
  }
  return levels;
}
