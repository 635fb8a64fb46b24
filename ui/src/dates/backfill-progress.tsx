import type { ReactNode } from "react";
import { ErrorMessage } from "../parts/message";
import { many } from "./time-text";
import type { Following } from "./use-backfill";

/** How far the backfill is. */
export function BackfillProgress({
  following: { progress, over, error },
  onStop,
  onDismiss,
  children,
}: {
  following: Following;
  onStop: () => void;
  onDismiss: () => void;
  /** What may be done when all runs are over. */
  children: ReactNode;
}) {
  const { ended, running, total, backfillId, left, waitsFor, stopping } = progress;
  return (
    <section className="message" aria-label="Backfill">
      <div className="row">
        <strong>
          {stopping ? (over ? "Backfill stopped" : "Stopping") : over ? "Backfill over" : "Backfill"}
        </strong>
        <progress value={ended} max={Math.max(1, total)} aria-label="Runs that have ended" />
        <span aria-live="polite">
          {ended} of {many(total, "run")} ended
          {running > 0 && `, ${running} running`}
          {backfillId !== null && `, backfill ${backfillId}`}
          {left > 0 && `, ${many(left, "backfill")} to come`}.
        </span>
        {over ? (
          <button type="button" onClick={onDismiss}>
            Close
          </button>
        ) : (
          <button type="button" onClick={onStop} disabled={stopping}>
            Stop
          </button>
        )}
      </div>
      {waitsFor && !over && <p>{waitsFor}</p>}
      {stopping && !over && (
        <p className="quiet">
          No more backfills are made. Airflow fails the runs that are queued; those that have begun go on.
        </p>
      )}
      {error !== null && <ErrorMessage error={error} />}
      {over && (
        <>
          <p>What is there now is known when it is asked for again.</p>
          {children}
        </>
      )}
    </section>
  );
}
