import {
  type AriaLabelConfig,
  MarkerType,
  Panel,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { STATES } from "../luigi/states";
import { ErrorMessage, Message } from "../parts/message";
import { type Graph, type GraphNode, type Group, groupNodeId, opensInPlace, taskNodeId } from "./grouping";
import { isTyping } from "./keys";
import { MOST_NODES, NODE_HEIGHT, NODE_WIDTH } from "./layout";
import { isDirection, neighbourOf } from "./neighbour";
import { RoutedEdge, type RoutedEdgeType } from "./routed-edge";
import { countsText, GroupNode, type GroupNodeType, TaskNode, type TaskNodeType } from "./task-node";
import { number, type Task, taskName } from "./tasks";
import { useLayout } from "./use-layout";

const NODE_TYPES = { task: TaskNode, group: GroupNode };
const EDGE_TYPES = { routed: RoutedEdge };
const ARROW = { type: MarkerType.ArrowClosed, width: 16, height: 16, color: "var(--strong-line)" };
// React Flow draws edges of nodes that it has not measured if it is told where they end.
const ENDS = [
  { type: "target" as const, position: Position.Left, x: 0, y: NODE_HEIGHT / 2 },
  { type: "source" as const, position: Position.Right, x: NODE_WIDTH, y: NODE_HEIGHT / 2 },
];
const SIZE = { width: NODE_WIDTH, height: NODE_HEIGHT };
const LEAST_ZOOM = 0.02;
const LABELS: Partial<AriaLabelConfig> = {
  "node.a11yDescription.default":
    "Press Enter for details, left for what it requires, right for what requires it.",
  "node.a11yDescription.keyboardDisabled": "",
};

interface GraphViewProps {
  graph: Graph;
  matches: (task: Task) => boolean;
  chosen: string | null;
  opened: Group[];
  onChoose: (node: GraphNode) => void;
  onClose: (group: Group) => void;
}

/** The graph of tasks, what is required to the left of what requires it. */
export function GraphView(props: GraphViewProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ graph, matches, chosen, opened, onChoose, onClose }: GraphViewProps) {
  const { layout, error } = useLayout(graph);
  const flow = useReactFlow();
  const area = useRef<HTMLElement>(null);

  const nodes = useMemo(() => {
    const shown = graph.nodes.flatMap((node): (TaskNodeType | GroupNodeType)[] => {
      const position = layout?.positions.get(node.id);
      return position ? [drawn(node, position, matches, node.id === chosen)] : [];
    });
    // The Tab key goes through them in this order.
    return shown.sort((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);
  }, [graph, layout, matches, chosen]);
  const edges = useMemo(() => {
    const leaving = new Map<string, number>();
    for (const { source } of graph.edges) leaving.set(source, (leaving.get(source) ?? 0) + 1);
    return graph.edges.flatMap((edge): RoutedEdgeType[] => {
      if (!layout?.positions.has(edge.source) || !layout.positions.has(edge.target)) return [];
      const points = layout.routes.get(edge.id) ?? null;
      // Edges that leave together run together at first, and edges that arrive together at last.
      const data = { points, count: edge.count, labelAtStart: leaving.get(edge.source) === 1 };
      return [
        { id: edge.id, source: edge.source, target: edge.target, type: "routed", data, markerEnd: ARROW },
      ];
    });
  }, [graph, layout]);

  const moved = useRef(false);
  // The details take some of the view's room, so it may have to move once they are there; later it stays.
  const room = useStore((state) => `${state.width} ${state.height}`);
  const centred = useRef("");
  useEffect(() => {
    const position = chosen === null ? undefined : layout?.positions.get(chosen);
    if (!position || centred.current === `${room} ${chosen}`) return;
    centred.current = `${room} ${chosen}`;
    moved.current = true;
    if (isInView(area.current, chosen)) return;
    flow.setCenter(position.x + NODE_WIDTH / 2, position.y + NODE_HEIGHT / 2, {
      zoom: Math.max(flow.getZoom(), 0.7),
    });
  }, [chosen, layout, flow, room]);

  // To draw all nodes of a large graph at once takes seconds.
  const large = graph.nodes.length > MOST_NODES;
  const fitting = useMemo(() => ({ maxZoom: 1, minZoom: large ? 0.3 : LEAST_ZOOM }), [large]);
  useEffect(() => {
    // What a build adds comes into view, until somebody looks at something.
    if (layout && !moved.current) flow.fitView(fitting);
  }, [layout, flow, fitting]);

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key === "f" && !isTyping(event)) flow.fitView(fitting);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [flow, fitting]);

  // The node that takes the focus of one that is not drawn any more.
  const heir = useRef<string | null>(null);
  const choose = (node: GraphNode) => {
    moved.current = true;
    if ("group" in node && opensInPlace(node.group)) heir.current = taskNodeId(node.group.tasks[0]);
    onChoose(node);
  };
  const close = (group: Group) => {
    heir.current = groupNodeId(group);
    onClose(group);
  };
  useEffect(() => {
    if (heir.current === null || !nodes.some(({ id }) => id === heir.current)) return;
    focus(heir.current);
    heir.current = null;
  });
  const focus = (id: string) => {
    const position = layout?.positions.get(id);
    if (!position) return;
    const found = nodeElement(area.current, id);
    if (found) {
      found.focus();
      return;
    }
    // A node outside of the view is not in the document before the view has moved there.
    flow.setCenter(position.x + NODE_WIDTH / 2, position.y + NODE_HEIGHT / 2, { zoom: flow.getZoom() });
    const observer = new MutationObserver(() => {
      const element = nodeElement(area.current, id);
      if (!element) return;
      observer.disconnect();
      element.focus();
    });
    if (area.current) observer.observe(area.current, { childList: true, subtree: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset.id;
    const node = graph.nodes.find((each) => each.id === id);
    if (!node || !layout) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(node);
    } else if (isDirection(event.key)) {
      event.preventDefault();
      const next = neighbourOf(node.id, event.key, graph.edges, layout.positions);
      if (next) focus(next);
    }
  };

  if (error) return <ErrorMessage error={error} />;
  if (!layout) return <Message>Laying out {number(graph.nodes.length)} nodes…</Message>;
  return (
    <section className="graph" aria-label="Graph of Luigi tasks" ref={area} onKeyDown={onKeyDown}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodeClick={(_, { id }) => {
          const node = graph.nodes.find((each) => each.id === id);
          if (node) choose(node);
        }}
        ariaLabelConfig={LABELS}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        nodesFocusable
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        minZoom={large ? 0.3 : LEAST_ZOOM}
        maxZoom={1.5}
        fitView
        fitViewOptions={fitting}
        onMoveStart={(event) => {
          if (event) moved.current = true;
        }}
      >
        <Panel position="top-right" className="zoom">
          <button type="button" onClick={() => flow.zoomIn()} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => flow.zoomOut()} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => flow.fitView(fitting)} aria-keyshortcuts="f">
            Fit
          </button>
        </Panel>
        {opened.length > 0 && (
          <Panel position="top-left" className="opened">
            {opened.map((group) => (
              <button key={group.key} type="button" onClick={() => close(group)}>
                Close {group.family} × {number(group.tasks.length)}
              </button>
            ))}
          </Panel>
        )}
      </ReactFlow>
    </section>
  );
}

function drawn(
  node: GraphNode,
  position: { x: number; y: number },
  matches: (task: Task) => boolean,
  chosen: boolean,
): TaskNodeType | GroupNodeType {
  const common = {
    id: node.id,
    position,
    ...SIZE,
    measured: SIZE,
    handles: ENDS,
    ariaRole: "button" as const,
  };
  if ("task" in node) {
    const { task } = node;
    return {
      ...common,
      type: "task",
      data: { task, dimmed: !matches(task), chosen },
      ariaLabel: `${taskName(task)}, ${STATES[task.state].label}`,
    };
  }
  const { group } = node;
  return {
    ...common,
    type: "group",
    data: { group, matching: group.tasks.filter(matches).length, chosen },
    ariaLabel: `${number(group.tasks.length)} tasks ${group.family}: ${countsText(group.counts)}. Enter opens them.`,
  };
}

function nodeElement(area: HTMLElement | null, id: string): HTMLElement | null {
  return area?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`) ?? null;
}

function isInView(area: HTMLElement | null, id: string | null): boolean {
  const node = id === null ? null : nodeElement(area, id)?.getBoundingClientRect();
  const frame = area?.getBoundingClientRect();
  if (!node || !frame) return false;
  return (
    node.left >= frame.left &&
    node.right <= frame.right &&
    node.top >= frame.top &&
    node.bottom <= frame.bottom
  );
}
