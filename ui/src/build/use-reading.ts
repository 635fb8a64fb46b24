import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { pollAfter } from "./polling";
import type { Reader, Reading } from "./readers";
import type { PlacedBuild } from "./tasks";

/** Read what is published, again and again until there is nothing more to come. */
export function useReading(reader: Reader, key: readonly unknown[]) {
  const query = useQuery({
    queryKey: ["build", ...key],
    queryFn: ({ signal }) => reader.read(signal),
    // In a tab that nobody sees, it waits until somebody does.
    refetchInterval: ({ state }) => pollAfter(state.data ? statesOf(state.data) : null, state.error),
    // It is asked again anyway, and only the reader can tell whether anything has changed.
    retry: false,
    structuralSharing: false,
    refetchOnReconnect: false,
    gcTime: 0,
  });
  const { data: reading } = query;
  const live = useMemo(
    () => reading !== undefined && pollAfter(statesOf(reading), null) !== false,
    [reading],
  );
  return { reading, error: query.error, live, refresh: query.refetch };
}

/** The builds that were read: the same list as long as none of them has changed. */
export function useBuilds(reading: Reading | undefined): PlacedBuild[] {
  const kept = useRef<PlacedBuild[]>([]);
  const builds = (reading?.pieces ?? []).flatMap(({ place, build }) => (build ? [{ place, build }] : []));
  const changed =
    builds.length !== kept.current.length ||
    builds.some(({ build }, at) => build !== kept.current[at]?.build);
  if (changed) kept.current = builds;
  return kept.current;
}

function statesOf(reading: Reading): (string | null)[] {
  return reading.pieces.map((piece) => piece.instance.state);
}
