/** Which dates are selected, by their numbers. Each change gives a new set. */

export type Selection = ReadonlySet<number>;

export const NONE: Selection = new Set();

export function toggle(selection: Selection, date: number): Selection {
  const changed = new Set(selection);
  if (!changed.delete(date)) changed.add(date);
  return changed;
}

/** Add all dates from one to another, whichever comes first. */
export function extend(selection: Selection, from: number, to: number): Selection {
  const changed = new Set(selection);
  for (let date = Math.min(from, to); date <= Math.max(from, to); date += 1) changed.add(date);
  return changed;
}

/** Give the numbers of all dates that a test holds for. */
export function all<T>(items: readonly T[], test: (item: T) => boolean): Selection {
  return new Set(items.flatMap((item, date) => (test(item) ? [date] : [])));
}
