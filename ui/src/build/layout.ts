import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api";
import ElkWorker from "elkjs/lib/elk-worker.min.js?worker";
import { columns } from "./columns";
import type { Graph } from "./grouping";

export const NODE_WIDTH = 230;
export const NODE_HEIGHT = 74;

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  /** The upper left corner of each node. */
  positions: Map<string, Point>;
  /** The way of each edge; an edge that is not in it goes straight. */
  routes: Map<string, Point[]>;
}

// Beyond this ELK takes seconds.
export const MOST_NODES = 800;
const MOST_EDGES = 2500;

let elk: InstanceType<typeof ELK> | null = null;

/** Start the worker; it takes a moment to load, in which there is other work to do. */
export function startLayouts(): InstanceType<typeof ELK> {
  elk ??= new ELK({ workerFactory: () => new ElkWorker() });
  return elk;
}

/** Lay a graph out, what is required to the left of what requires it. */
export async function layOut(graph: Graph): Promise<Layout> {
  if (graph.nodes.length > MOST_NODES || graph.edges.length > MOST_EDGES) {
    return { positions: columns(graph, NODE_WIDTH + 90, NODE_HEIGHT + 16), routes: new Map() };
  }
  const laid = await startLayouts().layout({
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.layered.mergeEdges": "true",
      "elk.layered.spacing.nodeNodeBetweenLayers": "80",
      "elk.layered.spacing.edgeNodeBetweenLayers": "20",
      "elk.spacing.nodeNode": "16",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
      "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
      "elk.layered.thoroughness": graph.nodes.length > 100 ? "2" : "7",
    },
    children: graph.nodes.map(({ id }) => ({ id, width: NODE_WIDTH, height: NODE_HEIGHT })),
    edges: graph.edges.map(({ id, source, target }) => ({ id, sources: [source], targets: [target] })),
  });
  return {
    positions: new Map(laid.children?.map((node: ElkNode) => [node.id, { x: node.x ?? 0, y: node.y ?? 0 }])),
    routes: new Map(laid.edges?.flatMap(routeOf)),
  };
}

function routeOf(edge: ElkExtendedEdge): [string, Point[]][] {
  const section = edge.sections?.[0];
  if (!section) return [];
  return [[edge.id, [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]]];
}
