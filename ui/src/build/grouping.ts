import { levelsOf } from "./levels";
import { type Counts, countStates, type Task, type Tasks } from "./tasks";

/** More siblings than these, tasks of one family on one level, are one node. */
export const SIBLINGS = 20;
/** More nodes than these, and all tasks of a family are one node. */
export const NODES = 300;
/** A group of up to so many tasks opens as nodes, a larger one as a list. */
export const OPENED = 200;

export interface Group {
  key: string;
  family: string;
  /** Two or more. */
  tasks: [Task, ...Task[]];
  counts: Counts;
}

export type GraphNode = { id: string; task: Task } | { id: string; group: Group };

export interface GraphEdge {
  id: string;
  /** The node that is required, and the one that requires it. */
  source: string;
  target: string;
  /** How many requirements between tasks it stands for. */
  count: number;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** Every group there is, those that are opened too. */
  groups: Map<string, Group>;
  /** The group that each task is in, if it is in one. */
  groupOf: Map<string, Group>;
  /** The node that each task is in. */
  nodeOf: Map<string, string>;
}

export function taskNodeId(task: Task): string {
  return `task ${task.id}`;
}

export function groupNodeId(group: Group): string {
  return `group ${group.key}`;
}

/** Whether a group is small enough for its tasks to become nodes. */
export function opensInPlace(group: Group): boolean {
  return group.tasks.length <= OPENED;
}

/** Give the graph to draw. `opened` are the keys of groups whose tasks are nodes of their own. */
export function groupTasks(tasks: Tasks, opened: ReadonlySet<string>): Graph {
  const groups = groupsOf(tasks);
  const nodes: GraphNode[] = [];
  const nodeOf = new Map<string, string>();
  const groupOf = new Map<string, Group>();
  for (const group of groups.values()) for (const task of group.tasks) groupOf.set(task.id, group);
  const drawn = new Set<string>();
  for (const task of tasks.values()) {
    const group = groupOf.get(task.id);
    const closed = group && !(opened.has(group.key) && opensInPlace(group));
    const id = closed ? groupNodeId(group) : taskNodeId(task);
    nodeOf.set(task.id, id);
    if (drawn.has(id)) continue;
    drawn.add(id);
    nodes.push(closed ? { id, group } : { id, task });
  }
  return { nodes, edges: edgesOf(tasks, nodeOf), groups, groupOf, nodeOf };
}

function groupsOf(tasks: Tasks): Map<string, Group> {
  const levels = levelsOf(tasks);
  const siblings = collect(tasks, (task) => `${task.family} ${levels.get(task.id)}`, SIBLINGS);
  let nodes = tasks.size;
  for (const group of siblings.values()) nodes -= group.tasks.length - 1;
  return nodes > NODES ? collect(tasks, (task) => task.family, 1) : siblings;
}

function collect(tasks: Tasks, keyOf: (task: Task) => string, most: number): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const task of tasks.values()) {
    const key = keyOf(task);
    const group = groups.get(key);
    if (group) group.tasks.push(task);
    else groups.set(key, { key, family: task.family, tasks: [task], counts: {} });
  }
  for (const [key, group] of groups) {
    if (group.tasks.length > most) group.counts = countStates(group.tasks);
    else groups.delete(key);
  }
  return groups;
}

function edgesOf(tasks: Tasks, nodeOf: Map<string, string>): GraphEdge[] {
  const edges = new Map<string, GraphEdge>();
  for (const task of tasks.values()) {
    const target = nodeOf.get(task.id) as string;
    for (const id of task.requires) {
      const source = nodeOf.get(id);
      if (source === undefined || source === target) continue;
      const key = `${source} > ${target}`;
      const edge = edges.get(key);
      if (edge) edge.count += 1;
      else edges.set(key, { id: key, source, target, count: 1 });
    }
  }
  return [...edges.values()];
}

/** What the layout depends on: the same text, the same layout. */
export function shapeOf(graph: Graph): string {
  return [...graph.nodes.map((node) => node.id), ...graph.edges.map((edge) => edge.id)].join("\n");
}
