import type { TaskState } from "../luigi/states";
import { paramsText, type Task } from "./tasks";

export interface Filter {
  /** Words that a task's family, id or parameters must have all of. */
  search: string;
  /** The states to show; none: all. */
  states: ReadonlySet<TaskState>;
  /** The family to show; empty: all. */
  family: string;
}

export const NO_FILTER: Filter = { search: "", states: new Set(), family: "" };

export function isFiltering(filter: Filter): boolean {
  return filter.search.trim() !== "" || filter.states.size > 0 || filter.family !== "";
}

/** Whether a task is among what a filter shows. */
export function matcher(filter: Filter): (task: Task) => boolean {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  return (task) => {
    if (filter.states.size > 0 && !filter.states.has(task.state)) return false;
    if (filter.family !== "" && task.family !== filter.family) return false;
    if (words.length === 0) return true;
    const text = `${task.family} ${task.id} ${paramsText(task)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** The families of tasks, in the alphabet's order, with how many tasks each has. */
export function familiesOf(tasks: Iterable<Task>): [family: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { family } of tasks) counts.set(family, (counts.get(family) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}

export const SORTS = {
  state: "State",
  family: "Family",
  params: "Parameters",
  started: "Began",
  seconds: "Took",
} as const;
export type SortKey = keyof typeof SORTS;

export interface Sort {
  key: SortKey;
  descending: boolean;
}

/** Sort tasks; those that have no value come last, either way. */
export function sortTasks(tasks: Task[], { key, descending }: Sort, states: readonly TaskState[]): Task[] {
  const value = {
    state: (task: Task) => states.indexOf(task.state),
    family: (task: Task) => task.family,
    params: paramsText,
    started: (task: Task) => task.started,
    seconds: (task: Task) => task.seconds,
  }[key];
  const keyed = tasks.map((task) => [value(task), task] as const);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const order = typeof a === "number" ? a - (b as number) : compare.compare(a, b as string);
    return descending ? -order : order;
  });
  return keyed.map(([, task]) => task);
}

const compare = new Intl.Collator("en", { numeric: true });
