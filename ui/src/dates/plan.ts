/** What there is to do for the dates that were selected. */

import { type Precision, spanOf } from "../luigi/run-date";
import type { BackfillDag } from "./backfill-dag";
import { type Backfill, backfills } from "./backfill-plan";
import { inFlight, type Slot, slotsByDate } from "./slots";

export type Todo = "make a run" | "run it again" | "wait for it" | "no run of the schedule makes it";

export interface PlannedDate {
  date: string;
  slot: Slot | null;
  todo: Todo;
}

export interface Plan {
  dates: PlannedDate[];
  backfills: Backfill[];
  /** The keys of runs that go on already. */
  waitedFor: string[];
  runs: number;
  /** How many of the runs succeeded before, and their data is gone. */
  again: number;
}

/**
 * Plan the backfills that make dates.
 *
 * @param dates the dates that are known, in order.
 * @param selected the numbers of those that are wanted, in order.
 * @param slots the schedule around them.
 * @param starts when intervals start, see {@link slotsByDate}.
 */
export function planFor(
  dates: readonly string[],
  selected: readonly number[],
  precision: Precision,
  slots: readonly Slot[],
  starts: readonly string[] = [],
): Plan {
  const makes = slotsByDate(slots, dates, precision, starts);
  const planned = selected.map((number): PlannedDate => {
    const slot = makes.get(number) ?? null;
    return { date: dates[number] as string, slot, todo: todo(slot) };
  });
  const wanted = planned.flatMap(({ slot }) => slot ?? []);
  const made = backfills(slots, new Set(wanted.map((slot) => slot.key)));
  const runs = made.flatMap((each) => each.slots);
  return {
    dates: planned,
    backfills: made,
    waitedFor: wanted.filter(inFlight).map((slot) => slot.key),
    runs: runs.length,
    again: runs.filter((slot) => slot.state === "success").length,
  };
}

function todo(slot: Slot | null): Todo {
  if (slot === null) return "no run of the schedule makes it";
  if (inFlight(slot)) return "wait for it";
  return slot.state === null ? "make a run" : "run it again";
}

/** Ask Airflow for the schedule around the dates, and plan. */
export async function askForPlan(
  dag: BackfillDag,
  dates: readonly string[],
  selected: readonly number[],
  precision: Precision,
): Promise<Plan> {
  const first = spanOf(dates[selected[0] as number] as string, precision).first;
  const last = spanOf(dates[selected.at(-1) as number] as string, precision).next;
  const slots = await dag.slots(first, last);
  return planFor(dates, selected, precision, slots, dag.starts(slots));
}
