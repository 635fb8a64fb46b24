import { useEffect, useState } from "react";
import { type Scan, scan } from "./pipelines";

const NOTHING: Scan = { pipelines: [], looked: 0, total: 0, omitted: 0, done: false };

/** Look for DAGs with Luigi in them, once in the page's life. */
export function useScan(first: string | null): { found: Scan; error: unknown } {
  const [found, setFound] = useState(NOTHING);
  const [error, setError] = useState<unknown>(null);
  // Which DAG is looked at first matters at the beginning only.
  const [begin] = useState(first);
  useEffect(() => {
    const leaving = new AbortController();
    setError(null);
    scan(begin, setFound, leaving.signal).catch((failure: unknown) => {
      if (!leaving.signal.aborted) setError(failure);
    });
    return () => leaving.abort();
  }, [begin]);
  return { found, error };
}
