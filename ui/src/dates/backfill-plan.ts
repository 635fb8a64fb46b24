/**
 * Which backfills make the runs that are wanted, and no others: airflow_luigi.cli.backfill_plan.
 *
 * A backfill of Airflow is a range, and has a rule for runs that are there already: leave them (`none`), make
 * the failed ones again (`failed`), or all that have ended (`completed`). A range may therefore span runs that
 * are not wanted, when its rule leaves them alone.
 */

import type { Slot } from "./slots";

export type Rule = "none" | "failed" | "completed";

/** Which rules may be used for what is asked for; the first is taken where several do the same. */
export const RULES: Record<Rule, readonly Rule[]> = {
  none: ["none"],
  failed: ["failed"],
  completed: ["failed", "completed"],
};

const REMADE: Record<Rule, readonly Slot["state"][]> = {
  none: [null],
  failed: [null, "failed"],
  completed: [null, "failed", "success"],
};

export interface Backfill {
  /** The runs that it makes, in the order of the schedule. */
  slots: readonly Slot[];
  /** Its `reprocess_behavior`. */
  rule: Rule;
}

/** Whether a backfill with this rule makes a run that is in its range. */
export function remade(slot: Slot, rule: Rule): boolean {
  return REMADE[rule].includes(slot.state);
}

/**
 * Give the backfills that make the wanted runs, as far as `reprocess` allows, and no others.
 *
 * @param slots the whole schedule between the first and the last date, in its order.
 * @param reprocess the strongest rule that may be used.
 */
export function backfills(
  slots: readonly Slot[],
  wanted: ReadonlySet<string>,
  reprocess: Rule = "completed",
): Backfill[] {
  const targets = slots.map((slot) => wanted.has(slot.key) && remade(slot, reprocess));
  const found: Backfill[] = [];
  for (let index = 0; index < slots.length; index += 1) {
    if (!targets[index]) continue;
    let best: { rule: Rule; last: number } | null = null;
    for (const rule of RULES[reprocess]) {
      if (!remade(slots[index] as Slot, rule)) continue;
      const last = reach(slots, targets, index, rule);
      if (best === null || last > best.last) best = { rule, last };
    }
    if (best === null) continue;
    const { rule, last } = best;
    found.push({ rule, slots: slots.filter((_, at) => at >= index && at <= last && targets[at]) });
    index = last;
  }
  return found;
}

/** Give the last run of the longest range from `first` in which the rule makes just the targets. */
function reach(slots: readonly Slot[], targets: readonly boolean[], first: number, rule: Rule): number {
  let last = first;
  for (let at = first; at < slots.length; at += 1) {
    if (remade(slots[at] as Slot, rule) !== targets[at]) break;
    if (targets[at]) last = at;
  }
  return last;
}
