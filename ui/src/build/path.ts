import type { Point } from "./layout";

const RADIUS = 6;

/** An SVG path along points, its corners rounded. */
export function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x},${first.y}`;
  rest.forEach((point, at) => {
    const before = points[at] as Point;
    const after = rest[at + 1];
    if (!after) {
      path += `L${point.x},${point.y}`;
      return;
    }
    const into = towards(point, before);
    const out = towards(point, after);
    path += `L${into.x},${into.y}Q${point.x},${point.y} ${out.x},${out.y}`;
  });
  return path;
}

/** Where the label of an edge goes: the middle of its last part, or of its first. */
export function labelPoint(points: readonly Point[], atStart: boolean): Point {
  const [from, to] = atStart ? points : points.slice(-2);
  if (!from || !to) return { x: 0, y: 0 };
  return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(RADIUS, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
