import { describe, expect, it } from "vitest";
import { ApiError } from "../airflow/api";
import type { DagRun, RunState } from "../airflow/types";
import type { ActiveBackfill } from "./backfill-dag";
import type { Backfill } from "./backfill-plan";
import { type Dag, Follower, type Options, type Progress } from "./follower";
import type { Slot } from "./slots";

function slot(key: string): Slot {
  return { key, local: "2026-01-01T00:00:00", bound: 0, runId: null, state: null };
}

function backfill(...keys: string[]): Backfill {
  return { rule: "failed", slots: keys.map(slot) };
}

/** Airflow with one active backfill, which begins a run at each look and ends it at the next. */
class Airflow implements Dag {
  readonly said: string[] = [];
  readonly runs = new Map<string, RunState>();
  other: ActiveBackfill | null = null;
  private opened: number | null = null;
  private made = 0;

  async inFlight(): Promise<DagRun[]> {
    for (const [key, state] of [...this.runs]) {
      if (state === "running") this.runs.delete(key);
    }
    const queued = [...this.runs].find(([, state]) => state === "queued");
    if (queued) this.runs.set(queued[0], "running");
    return [...this.runs].map(([key, state]) => ({ dag_run_id: key, state }) as DagRun);
  }

  key(run: DagRun): string {
    return run.dag_run_id;
  }

  async wouldMake({ slots }: Backfill): Promise<Set<string>> {
    return new Set(slots.map(({ key }) => key));
  }

  async create({ slots }: Backfill, maxActiveRuns: number): Promise<number> {
    if (this.opened !== null || this.other) throw new ApiError(409, "There is already a running backfill");
    this.made += 1;
    this.opened = this.made;
    this.said.push(`make ${slots.map(({ key }) => key).join("")}, ${maxActiveRuns} at once`);
    for (const { key } of slots) this.runs.set(key, "queued");
    return this.made;
  }

  async cancel(id: number): Promise<void> {
    this.said.push(`cancel ${id}`);
    this.opened = null;
    for (const [key, state] of [...this.runs]) if (state === "queued") this.runs.delete(key);
  }

  async active(): Promise<ActiveBackfill | null> {
    return this.other;
  }
}

function follower(
  airflow: Airflow,
  backfills: Backfill[],
  { inFlight = [], ...options }: Partial<Options> & { inFlight?: string[] } = {},
) {
  const looks: Progress[] = [];
  const made = new Follower(airflow, backfills, inFlight, {
    maxActiveRuns: 10,
    backwards: false,
    onLook: (progress) => looks.push(progress),
    pause: async () => undefined,
    ...options,
  });
  return { made, looks };
}

describe("Follower", () => {
  it("makes one backfill after the other, as soon as no run of the one before is queued", async () => {
    const airflow = new Airflow();
    const { made, looks } = follower(airflow, [backfill("a", "b"), backfill("c")]);
    await made.follow();
    expect(airflow.said).toEqual([
      "make ab, 10 at once",
      "cancel 1",
      "make c, 9 at once", // b is still running
      "cancel 2",
    ]);
    expect(looks.at(-1)).toMatchObject({ ended: 3, running: 0, total: 3, left: 0, backfillId: null });
    expect(Math.max(...looks.map(({ running }) => running))).toBe(1);
  });

  it("begins with the newest where that is wished", async () => {
    const airflow = new Airflow();
    await follower(airflow, [backfill("a"), backfill("b")], { backwards: true }).made.follow();
    expect(airflow.said.filter((each) => each.startsWith("make"))).toEqual([
      "make b, 10 at once",
      "make a, 9 at once",
    ]);
  });

  it("waits for runs that go on already, and makes no more at once than may be", async () => {
    const airflow = new Airflow();
    airflow.runs.set("x", "queued");
    const { made, looks } = follower(airflow, [backfill("a")], { inFlight: ["x"], maxActiveRuns: 1 });
    await made.follow();
    expect(airflow.said).toEqual(["make a, 1 at once", "cancel 1"]);
    expect(looks[0]).toMatchObject({ ended: 0, running: 1, total: 2, left: 1 });
    expect(looks.at(-1)).toMatchObject({ ended: 2, left: 0 });
  });

  it("stops: ends what is active, makes no more, and waits for what has begun", async () => {
    const airflow = new Airflow();
    const { made, looks } = follower(airflow, [backfill("a", "b", "c"), backfill("d")], {
      pause: async () => made.stop(),
    });
    await made.follow();
    expect(airflow.said).toEqual(["make abc, 10 at once", "cancel 1"]);
    expect(airflow.runs.size).toBe(0);
    expect(looks.at(-1)).toMatchObject({ left: 0, stopping: true, backfillId: null });
  });

  it("makes nothing where runs have come or gone since", async () => {
    const airflow = new Airflow();
    airflow.wouldMake = async () => new Set(["a", "b"]);
    await expect(follower(airflow, [backfill("a")]).made.follow()).rejects.toThrow("would now make 2 runs");
    expect(airflow.said).toEqual([]);
  });

  it("waits for somebody else's backfill, unless that is paused", async () => {
    const airflow = new Airflow();
    airflow.other = { id: 7, is_paused: false, completed_at: null };
    const { made, looks } = follower(airflow, [backfill("a")], {
      pause: async () => {
        airflow.other = null;
      },
    });
    await made.follow();
    expect(looks[0]?.waitsFor).toContain("Backfill 7 of this DAG is active");
    expect(looks.at(-1)?.waitsFor).toBeNull();
    airflow.other = { id: 8, is_paused: true, completed_at: null };
    await expect(follower(airflow, [backfill("a")]).made.follow()).rejects.toThrow(
      "Backfill 8 of this DAG is paused",
    );
  });

  it("bears that Airflow is away for a while, and not for ever", async () => {
    let now = 0;
    const away = (until: number) => {
      const airflow = new Airflow();
      const look = airflow.inFlight.bind(airflow);
      airflow.inFlight = async () => {
        if (now < until) throw new ApiError(0, "Airflow does not answer.");
        return look();
      };
      const pause = async () => {
        now += 2_000;
      };
      return { airflow, made: follower(airflow, [backfill("a")], { pause, now: () => now }).made };
    };
    const back = away(60_000);
    await back.made.follow();
    expect(back.airflow.said).toEqual(["make a, 10 at once", "cancel 1"]);
    await expect(away(now + 600_000).made.follow()).rejects.toThrow("Airflow does not answer.");
  });

  it("gives up where Airflow refuses", async () => {
    const airflow = new Airflow();
    airflow.create = async () => {
      throw new ApiError(403, "no");
    };
    await expect(follower(airflow, [backfill("a")]).made.follow()).rejects.toMatchObject({ status: 403 });
  });
});
