import { BaseEdge, type Edge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import type { Point } from "./layout";
import { labelPoint, roundedPath } from "./path";
import { number } from "./tasks";

export type RoutedEdgeType = Edge<{ points: Point[] | null; count: number; labelAtStart: boolean }, "routed">;

/** An edge along the way that the layout found for it, with how many requirements it stands for. */
export const RoutedEdge = memo(({ data, markerEnd, ...ends }: EdgeProps<RoutedEdgeType>) => {
  const [straight, x, y] = getBezierPath(ends);
  const points = data?.points;
  const middle = points ? labelPoint(points, data.labelAtStart) : { x, y };
  const count = data?.count ?? 1;
  return (
    <BaseEdge
      id={ends.id}
      path={points ? roundedPath(points) : straight}
      markerEnd={markerEnd ?? ""}
      interactionWidth={0}
      {...(count > 1 ? { label: `× ${number(count)}`, labelX: middle.x, labelY: middle.y } : {})}
    />
  );
});
