import type { GraphEdge } from "./grouping";

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

export function isDirection(key: string): key is Direction {
  return key === "ArrowLeft" || key === "ArrowRight" || key === "ArrowUp" || key === "ArrowDown";
}

type Positions = ReadonlyMap<string, { x: number; y: number }>;

/**
 * Give the node that an arrow key leads to: left to what a node requires, right to what requires it, up and
 * down to the next one in its column; or null if there is none.
 */
export function neighbourOf(
  from: string,
  direction: Direction,
  edges: readonly GraphEdge[],
  positions: Positions,
): string | null {
  const here = positions.get(from);
  if (!here) return null;
  const candidates =
    direction === "ArrowLeft"
      ? edges.filter((edge) => edge.target === from).map((edge) => edge.source)
      : direction === "ArrowRight"
        ? edges.filter((edge) => edge.source === from).map((edge) => edge.target)
        : [...positions.keys()].filter((id) =>
            inColumn(positions, id, here, direction === "ArrowUp" ? -1 : 1),
          );
  let nearest: string | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (const id of candidates) {
    const there = positions.get(id);
    const far = there ? Math.hypot(there.y - here.y, there.x - here.x) : Number.POSITIVE_INFINITY;
    if (far < distance) [nearest, distance] = [id, far];
  }
  return nearest;
}

// ELK does not put all nodes of a column on exactly one line.
const COLUMN = 115;

function inColumn(positions: Positions, id: string, here: { x: number; y: number }, side: -1 | 1): boolean {
  const there = positions.get(id);
  return there !== undefined && Math.abs(there.x - here.x) < COLUMN && (there.y - here.y) * side > 0;
}
