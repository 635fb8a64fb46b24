import { useEffect, useRef, useState } from "react";
import { type Graph, shapeOf } from "./grouping";
import { type Layout, layOut } from "./layout";

/** The layout of a graph; while that of a graph with other nodes is made, the one before. */
export function useLayout(graph: Graph): { layout: Layout | null; error: unknown } {
  const [layout, setLayout] = useState<Layout | null>(null);
  const [error, setError] = useState<unknown>(null);
  const latest = useRef(graph);
  latest.current = graph;
  const shape = shapeOf(graph);
  // biome-ignore lint/correctness/useExhaustiveDependencies: tasks that only change their state stay where they are
  useEffect(() => {
    let wanted = true;
    layOut(latest.current).then(
      (laid) => {
        if (!wanted) return;
        setLayout(laid);
        setError(null);
      },
      (reason) => wanted && setError(reason),
    );
    return () => {
      wanted = false;
    };
  }, [shape]);
  return { layout, error };
}
