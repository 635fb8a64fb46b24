/** Has Airflow make backfills, and follows their runs: airflow_luigi.cli.follow. */

import { ApiError } from "../airflow/api";
import type { DagRun } from "../airflow/types";
import type { BackfillDag } from "./backfill-dag";
import type { Backfill } from "./backfill-plan";

export interface Progress {
  /** How many runs have been asked for and have ended, and how many run. */
  ended: number;
  running: number;
  total: number;
  /** The backfill that Airflow works on, and how many are to come. */
  backfillId: number | null;
  left: number;
  /** What is waited for, in words. */
  waitsFor: string | null;
  stopping: boolean;
}

export type Dag = Pick<BackfillDag, "inFlight" | "key" | "wouldMake" | "create" | "cancel" | "active">;

export interface Options {
  maxActiveRuns: number;
  backwards: boolean;
  /** Is told at each look. */
  onLook: (progress: Progress, inFlight: readonly DagRun[]) => void;
  /** Waits a little between two looks. */
  pause: () => Promise<void>;
  /** Milliseconds since some time. */
  now?: () => number;
}

/** Milliseconds for which Airflow may be away, as when its API server is started again. */
const PATIENCE = 120_000;

/**
 * Makes one backfill after the other, and waits until all their runs have ended.
 *
 * Airflow has one active backfill a DAG. The next one is made as soon as no run of the one before is queued any
 * more, so that runs far apart run at the same time, as many as may.
 */
export class Follower {
  private readonly waiting: Backfill[];
  private readonly asked: Set<string>;
  private readonly total: number;
  private open: { id: number; backfill: Backfill } | null = null;
  private waitsFor: string | null = null;
  private stopping = false;

  /** @param inFlight the keys of runs that are waited for as well. */
  constructor(
    private readonly dag: Dag,
    backfills: readonly Backfill[],
    inFlight: readonly string[],
    private readonly options: Options,
  ) {
    this.waiting = options.backwards ? [...backfills].reverse() : [...backfills];
    this.asked = new Set(inFlight);
    this.total = backfills.reduce((sum, each) => sum + each.slots.length, inFlight.length);
  }

  /** Make no more backfills, and end the one that is active. */
  stop(): void {
    this.stopping = true;
  }

  /** Make the runs, and come back when they have ended. */
  async follow(): Promise<void> {
    for (;;) {
      const runs = await this.patiently(() => this.dag.inFlight());
      const states = new Map(runs.flatMap((run) => pair(this.dag.key(run), run.state)));
      const active = [...this.asked].filter((key) => states.has(key));
      if (this.stopping) this.waiting.length = 0;
      if (this.open && (this.stopping || !this.isQueued(states))) {
        const { id } = this.open;
        await this.patiently(() => this.dag.cancel(id));
        this.open = null;
        if (this.stopping) continue;
      }
      const next = this.waiting[0];
      if (next && !this.open && active.length < this.options.maxActiveRuns) {
        if (await this.make(next, this.options.maxActiveRuns - active.length)) continue;
      }
      const running = active.filter((key) => states.get(key) === "running").length;
      this.tell(active.length, running, runs);
      if (!this.waiting.length && !this.open && !active.length) return;
      await this.options.pause();
    }
  }

  private isQueued(states: ReadonlyMap<string, string>): boolean {
    return this.open?.backfill.slots.some((slot) => states.get(slot.key) === "queued") ?? false;
  }

  private async make(backfill: Backfill, maxActiveRuns: number): Promise<boolean> {
    const { backwards } = this.options;
    const would = await this.dag.wouldMake(backfill, backwards);
    const same = would.size === backfill.slots.length && backfill.slots.every((slot) => would.has(slot.key));
    if (!same) {
      throw new Error(
        `Runs have come or gone since the plan was made: the next backfill would now make ${would.size} ` +
          `runs instead of ${backfill.slots.length}. It has not been made: plan again.`,
      );
    }
    try {
      const id = await this.dag.create(backfill, maxActiveRuns, backwards);
      this.open = { id, backfill };
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      await this.waitForAnother();
      return false;
    }
    this.waitsFor = null;
    this.waiting.shift();
    for (const slot of backfill.slots) this.asked.add(slot.key);
    return true;
  }

  private async waitForAnother(): Promise<void> {
    const other = await this.dag.active();
    if (other?.is_paused) {
      throw new Error(
        `Backfill ${other.id} of this DAG is paused, and Airflow has one at a time: continue or cancel it on ` +
          "the DAG's page first.",
      );
    }
    if (other) {
      this.waitsFor = `Backfill ${other.id} of this DAG is active, and Airflow has one at a time: waiting.`;
    }
  }

  private tell(active: number, running: number, runs: readonly DagRun[]): void {
    const { total, waitsFor, stopping } = this;
    const ended = this.asked.size - active;
    const backfillId = this.open?.id ?? null;
    this.options.onLook(
      { ended, running, total, backfillId, left: this.waiting.length, waitsFor, stopping },
      runs,
    );
  }

  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    const now = this.options.now ?? Date.now;
    const deadline = now() + PATIENCE;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const away = error instanceof ApiError && (error.status === 0 || error.status >= 500);
        if (!away || now() > deadline) throw error;
        await this.options.pause();
      }
    }
  }
}

function pair(key: string | null, state: string): [string, string][] {
  return key === null ? [] : [[key, state]];
}
