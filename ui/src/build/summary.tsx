import { useEffect, useRef, useState } from "react";
import { durationText } from "../luigi/duration";
import { BROKEN_OFF } from "../luigi/live";
import type { Reading } from "./readers";
import { type Counts, progressText } from "./tasks";

/** How far the build is, and for how long it has been going on. */
export function Summary({
  reading,
  counts,
  live,
  onRefresh,
}: {
  reading: Reading;
  counts: Counts;
  live: boolean;
  onRefresh: () => void;
}) {
  const heads = reading.pieces.flatMap(({ build }) => (build ? [build.head] : []));
  const statuses = new Set(heads.map((head) => head.status));
  statuses.delete(null);
  statuses.delete(BROKEN_OFF);
  const runs = live && heads.some((head) => head.status === null);
  const began = Math.min(...heads.map((head) => head.started));
  const published = Math.max(...heads.map((head) => head.published));
  const elapsed = useElapsed(published - began, published, runs);
  return (
    <div className="row summary">
      <strong aria-live="polite">{progressText(counts)}</strong>
      <span>
        {runs ? "for" : "in"} {durationText(elapsed)}
      </span>
      {statuses.size > 0 && (
        <span className="quiet">
          Luigi says <code>{[...statuses].join(", ")}</code>
        </span>
      )}
      {live ? (
        <span className="quiet">● live</span>
      ) : (
        <button type="button" onClick={onRefresh}>
          Refresh
        </button>
      )}
    </div>
  );
}

/** Go on counting from what was published, for the clocks of the machine it ran on may differ from ours. */
function useElapsed(seconds: number, published: number, runs: boolean): number {
  const [now, setNow] = useState(Date.now);
  const seen = useRef({ published: Number.NaN, at: 0 });
  if (seen.current.published !== published) seen.current = { published, at: Date.now() };
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [runs]);
  return runs ? seconds + Math.max(0, now - seen.current.at) / 1000 : seconds;
}
