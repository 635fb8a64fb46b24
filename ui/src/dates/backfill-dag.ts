/** A DAG as far as a backfill needs it. */

import { ApiError, get, getAll, post, put, segment } from "../airflow/api";
import type { DagDetails, DagRun } from "../airflow/types";
import { asUtc, DAY, localTime } from "../luigi/local-time";
import type { Backfill, Rule } from "./backfill-plan";
import { type Scheduled, type Slot, schedule, slotOf } from "./slots";

export interface ActiveBackfill {
  id: number;
  is_paused: boolean;
  completed_at: string | null;
}

/** To see where the last week ends. */
const ONE_MORE = 8 * DAY;

/** Say why Airflow could not make runs of a DAG, or null if it can. */
export function whyNot(details: DagDetails): string | null {
  const { timetable_summary: schedule, dag_id: dagId } = details;
  if (schedule === null || details.timetable_periodic === false) {
    const what = schedule === null ? "no schedule" : `the schedule “${schedule}”, which has no dates`;
    return `The DAG ${dagId} has ${what}, so Airflow can't backfill it. Trigger its runs one by one instead.`;
  }
  if (details.is_stale)
    return `Airflow no longer finds the file of the DAG ${dagId}, so nothing of it would run.`;
  if (details.is_paused) {
    return (
      `The DAG ${dagId} is paused: its runs would wait. Unpause it with the switch on its page, and come ` +
      "back. Its schedule goes on then, too."
    );
  }
  return null;
}

export class BackfillDag {
  constructor(
    readonly details: DagDetails,
    readonly zone: string,
  ) {}

  /** Give the schedule from one local time to another and a little around, with the runs that there are. */
  async slots(first: string, last: string): Promise<Slot[]> {
    // Airflow reads bounds in UTC, or on the timetable's clocks: both lie within a day.
    const begin = asUtc(first) - DAY;
    const end = asUtc(last) + ONE_MORE;
    const planned = await this.dryRun({ begin, end, rule: "completed", backwards: false });
    // Airflow 3.2 can't narrow runs down by partition.
    const bounds = this.details.timetable_partitioned
      ? {}
      : { logical_date_gte: text(begin), logical_date_lte: text(end) };
    const runs = await getAll<DagRun>(`${this.path}/dagRuns`, "dag_runs", {
      ...bounds,
      order_by: "start_date",
    });
    return schedule(planned, this.read(runs));
  }

  /** Give when intervals start, on local clocks, if runs have intervals that aren't empty. */
  starts(slots: readonly Slot[]): string[] {
    const { next_dagrun_data_interval_start: start, next_dagrun_data_interval_end: end } = this.details;
    if (start === end) return [];
    const next = [start, end].flatMap((each) => (each ? [localTime(Date.parse(each), this.zone)] : []));
    return [...next, ...slots.map((slot) => slot.local)];
  }

  /** Give the runs that have begun or are about to. */
  inFlight(): Promise<DagRun[]> {
    return getAll<DagRun>(`${this.path}/dagRuns`, "dag_runs", { state: ["queued", "running"] });
  }

  key(run: DagRun): string | null {
    return slotOf(run, this.zone)?.key ?? null;
  }

  /** Ask Airflow for which keys a backfill would make runs. */
  async wouldMake(backfill: Backfill, backwards: boolean): Promise<Set<string>> {
    return new Set((await this.dryRun({ ...range(backfill), backwards })).map((slot) => slot.key));
  }

  /** Have Airflow make the runs of a backfill, and give its id. */
  async create(backfill: Backfill, maxActiveRuns: number, backwards: boolean): Promise<number> {
    const body = { ...this.body({ ...range(backfill), backwards }), max_active_runs: maxActiveRuns };
    return (await post<{ id: number }>("backfills", body)).id;
  }

  /** End a backfill. Airflow fails those of its runs that are queued, and leaves alone those that have begun. */
  async cancel(id: number): Promise<void> {
    try {
      await put(`backfills/${id}/cancel`);
    } catch (error) {
      // The scheduler came first.
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }

  /** Give the backfill of this DAG that has not ended, if there is one. */
  async active(): Promise<ActiveBackfill | null> {
    const { backfills } = await get<{ backfills: ActiveBackfill[] }>("backfills", {
      dag_id: this.details.dag_id,
      order_by: "-id",
      limit: 20,
    });
    return backfills.find((each) => each.completed_at === null) ?? null;
  }

  private get path(): string {
    return `dags/${segment(this.details.dag_id)}`;
  }

  private async dryRun(asked: Asked): Promise<Slot[]> {
    const answer = await post<{ backfills: Scheduled[] }>("backfills/dry_run", this.body(asked));
    return this.read(answer.backfills);
  }

  private body({ begin, end, rule, backwards }: Asked) {
    return {
      dag_id: this.details.dag_id,
      from_date: text(begin),
      to_date: text(end),
      reprocess_behavior: rule,
      run_backwards: backwards,
    };
  }

  private read(runs: readonly Scheduled[]): Slot[] {
    return runs.flatMap((run) => slotOf(run, this.zone) ?? []);
  }
}

interface Asked {
  begin: number;
  end: number;
  rule: Rule;
  backwards: boolean;
}

function range({ slots, rule }: Backfill): Omit<Asked, "backwards"> {
  return { begin: (slots[0] as Slot).bound, end: (slots.at(-1) as Slot).bound, rule };
}

function text(moment: number): string {
  return new Date(moment).toISOString();
}
