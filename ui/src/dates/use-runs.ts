import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import type { DagRun } from "../airflow/types";
import { type Runs, readInFlight, readRuns, refreshed } from "./runs";

const EVERY = 5_000;

/**
 * The runs of a DAG, kept up to date.
 *
 * @param watched somebody else looks at the runs that go on, and tells of them by `refresh`.
 */
export function useRuns(dagId: string, watched: boolean) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["runs", dagId], queryFn: ({ signal }) => readRuns(dagId, signal) });
  const refresh = useCallback(
    async (inFlight: readonly DagRun[]) => {
      const before = client.getQueryData<Runs>(["runs", dagId]);
      if (!before) return;
      const after = await refreshed(before, inFlight);
      client.setQueryData<Runs>(["runs", dagId], after);
    },
    [client, dagId],
  );
  useEffect(() => {
    if (watched) return;
    const leaving = new AbortController();
    const look = () => {
      if (document.hidden) return;
      readInFlight(dagId, leaving.signal)
        .then(refresh)
        // What Airflow does not say now it may say next time.
        .catch(() => undefined);
    };
    const timer = setInterval(look, EVERY);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, [dagId, watched, refresh]);
  return { runs: query.data, error: query.error, refresh };
}
