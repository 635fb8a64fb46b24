import { useCallback, useEffect, useRef, useState } from "react";
import type { DagRun } from "../airflow/types";
import type { BackfillDag } from "./backfill-dag";
import { Follower, type Progress } from "./follower";
import type { Plan } from "./plan";

const EVERY = 2_000;

export interface Following {
  progress: Progress;
  /** Whether all runs are over, or it was given up. */
  over: boolean;
  error: unknown;
}

export interface BackfillOptions {
  maxActiveRuns: number;
  backwards: boolean;
}

/**
 * Make backfills as long as the page is open.
 *
 * @param onRuns is told of the runs that go on.
 * @param onBusy is told when it begins, and when it is over.
 */
export function useBackfill(onRuns: (inFlight: readonly DagRun[]) => void, onBusy: (busy: boolean) => void) {
  const [following, setFollowing] = useState<Following | null>(null);
  const follower = useRef<Follower | null>(null);
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
    };
  }, []);
  const start = useCallback(
    (dag: BackfillDag, plan: Plan, options: BackfillOptions) => {
      let last: Progress = {
        ended: 0,
        running: 0,
        total: plan.runs + plan.waitedFor.length,
        backfillId: null,
        left: plan.backfills.length,
        waitsFor: null,
        stopping: false,
      };
      const tell = (over: boolean, error: unknown = null) => {
        if (left.current) return;
        setFollowing({ progress: last, over, error });
        if (over) onBusy(false);
      };
      const made = new Follower(dag, plan.backfills, plan.waitedFor, {
        ...options,
        onLook: (progress, inFlight) => {
          last = progress;
          tell(false);
          onRuns(inFlight);
        },
        pause: () =>
          new Promise((resolve, reject) => {
            // Whoever leaves the page makes no more backfills.
            setTimeout(() => (left.current ? reject(new Error("The page was left.")) : resolve()), EVERY);
          }),
      });
      follower.current = made;
      onBusy(true);
      tell(false);
      made.follow().then(
        () => tell(true),
        (error: unknown) => tell(true, error),
      );
    },
    [onRuns, onBusy],
  );
  const stop = useCallback(() => {
    follower.current?.stop();
    setFollowing((now) => now && { ...now, progress: { ...now.progress, stopping: true } });
  }, []);
  const dismiss = useCallback(() => setFollowing(null), []);
  return { following, start, stop, dismiss };
}
