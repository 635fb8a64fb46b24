import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useState } from "react";
import type { DagRun } from "../airflow/types";
import { isOver, type Work } from "./figures";
import { type About, readAbout, readRuns, runKey, WorkReader } from "./read";
import type { DagRuns } from "./rows";

const POLL = 5000;

/** What there is to compare, as far as it is read. */
export interface Comparison {
  dags: (DagRuns & { luigi: boolean })[];
  workOf: (run: DagRun) => Work | undefined;
  errors: { dagId: string; error: unknown }[];
  loading: boolean;
  refresh: () => void;
}

/** Read the last runs of DAGs, and what their tasks did; again and again as long as one of them goes on. */
export function useComparison(dagIds: readonly string[], most: number): Comparison {
  const [reader] = useState(() => new WorkReader());
  const abouts = useQueries({
    queries: dagIds.map((dagId) => ({
      queryKey: ["compare", "about", dagId],
      queryFn: ({ signal }: { signal: AbortSignal }) => readAbout(dagId, signal),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const runs = useQueries({
    queries: dagIds.map((dagId, at) => ({
      queryKey: ["compare", "runs", dagId, most],
      queryFn: ({ signal }: { signal: AbortSignal }) => readRuns(abouts[at]?.data as About, most, signal),
      enabled: abouts[at]?.data !== undefined,
      placeholderData: keepPreviousData<DagRuns>,
      refetchInterval: (query: { state: { data?: DagRuns | undefined } }) =>
        query.state.data?.runs.some((run) => !isOver(run)) ? POLL : (false as const),
    })),
  });
  const works = useQueries({
    queries: dagIds.map((dagId, at) => {
      const over = runs[at]?.data?.runs.filter(isOver) ?? [];
      return {
        queryKey: ["compare", "works", dagId, over.map((run) => [run.dag_run_id, run.end_date])],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          reader.read(abouts[at]?.data as About, over, signal),
        enabled: abouts[at]?.data !== undefined && over.length > 0,
        placeholderData: keepPreviousData<ReadonlyMap<string, Work>>,
        staleTime: Number.POSITIVE_INFINITY,
      };
    }),
  });
  return {
    dags: dagIds.flatMap((dagId, at) => {
      const about = abouts[at]?.data;
      const found = runs[at]?.data;
      return about && found?.dagId === dagId ? [{ ...found, luigi: about.builds.length > 0 }] : [];
    }),
    workOf: (run) => works[dagIds.indexOf(run.dag_id)]?.data?.get(runKey(run)),
    errors: dagIds.flatMap((dagId, at) => {
      const error = abouts[at]?.error ?? runs[at]?.error ?? works[at]?.error;
      return error ? [{ dagId, error }] : [];
    }),
    loading: [...abouts, ...runs, ...works].some((query) => query.isLoading || query.isPlaceholderData),
    refresh: () => {
      for (const query of runs) query.refetch();
    },
  };
}
