import type { Graph } from "./grouping";

/** Place each node in the column after those of what it requires: for graphs that are too large for more. */
export function columns(graph: Graph, width: number, height: number): Map<string, { x: number; y: number }> {
  const above = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const { source, target } of graph.edges) {
    const targets = above.get(source);
    if (targets) targets.push(target);
    else above.set(source, [target]);
    open.set(target, (open.get(target) ?? 0) + 1);
  }
  const column = new Map<string, number>();
  const ready = graph.nodes.map(({ id }) => id).filter((id) => !open.has(id));
  for (const id of ready) {
    for (const target of above.get(id) ?? []) {
      column.set(target, Math.max(column.get(target) ?? 0, (column.get(id) ?? 0) + 1));
      const left = (open.get(target) ?? 0) - 1;
      open.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  const filled = new Map<number, number>();
  return new Map(
    graph.nodes.map(({ id }) => {
      const x = column.get(id) ?? 0;
      const y = filled.get(x) ?? 0;
      filled.set(x, y + 1);
      return [id, { x: x * width, y: y * height }];
    }),
  );
}
