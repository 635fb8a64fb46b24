import { expect, test } from "vitest";
import { columns } from "./columns";
import { type Made, tasksOf } from "./fixtures";
import { type Graph, groupTasks, NODES, OPENED, SIBLINGS, shapeOf } from "./grouping";
import { levelsOf } from "./levels";
import type { Tasks } from "./tasks";

const NONE: ReadonlySet<string> = new Set();

function many(family: string, count: number, requires: (at: number) => number[] = () => []): Made[] {
  return Array.from({ length: count }, (_, at) => ({
    family,
    params: { n: `${at}` },
    requires: requires(at),
  }));
}

function groupsIn(graph: Graph): [family: string, size: number][] {
  return graph.nodes.flatMap((node) =>
    "group" in node ? [[node.group.family, node.group.tasks.length]] : [],
  );
}

function hasCycle(graph: Graph): boolean {
  const open = new Map(graph.nodes.map(({ id }) => [id, 0]));
  for (const { target } of graph.edges) open.set(target, (open.get(target) ?? 0) + 1);
  const ready = [...open].filter(([, count]) => count === 0).map(([id]) => id);
  for (const id of ready) {
    for (const edge of graph.edges.filter(({ source }) => source === id)) {
      open.set(edge.target, (open.get(edge.target) ?? 0) - 1);
      if (open.get(edge.target) === 0) ready.push(edge.target);
    }
  }
  return ready.length < graph.nodes.length;
}

test("a task's level is the longest path below it", () => {
  const tasks = tasksOf([
    { family: "A" },
    { family: "B", requires: [0] },
    { family: "C", requires: [0, 1] },
    { family: "D" },
  ]);
  expect([...levelsOf(tasks).values()]).toEqual([0, 1, 2, 0]);
});

test("siblings are nodes of their own up to the bound, and one node beyond it", () => {
  expect(groupTasks(tasksOf(many("A", SIBLINGS)), NONE).nodes).toHaveLength(SIBLINGS);
  const graph = groupTasks(tasksOf(many("A", SIBLINGS + 1)), NONE);
  expect(groupsIn(graph)).toEqual([["A", SIBLINGS + 1]]);
  expect(graph.nodes[0]).toMatchObject({ group: { counts: { ran: SIBLINGS + 1 } } });
});

test("tasks of a family on different levels are not siblings", () => {
  const first = many("A", 30);
  const tasks = tasksOf([...first, { family: "A", params: { n: "last" }, requires: [0] }]);
  const graph = groupTasks(tasks, NONE);
  expect(groupsIn(graph)).toEqual([["A", 30]]);
  expect(graph.nodes).toHaveLength(2);
});

test("an edge between groups says how many requirements it stands for", () => {
  const tasks = tasksOf([
    ...many("A", 40),
    ...many("B", 40, (at) => [at, (at + 1) % 40]),
    { family: "All", requires: Array.from({ length: 40 }, (_, at) => 40 + at) },
  ]);
  const { edges } = groupTasks(tasks, NONE);
  expect(edges.map(({ source, target, count }) => [source, target, count])).toEqual([
    ["group A 0", "group B 1", 80],
    ["group B 1", "task All_0123456789", 40],
  ]);
});

test("groups by level have no cycles, even where families alternate", () => {
  const made: Made[] = [];
  for (let level = 0; level < 6; level += 1) {
    made.push(...many(level % 2 ? "Odd" : "Even", 25, (at) => (level ? [(level - 1) * 25 + at] : [])));
    for (const each of made.slice(-25)) each.params = { n: `${level}.${each.params?.n}` };
  }
  const graph = groupTasks(tasksOf(made), NONE);
  expect(graph.nodes).toHaveLength(6);
  expect(hasCycle(graph)).toBe(false);
});

test("a group opens into its tasks and closes again", () => {
  const tasks = tasksOf([...many("A", 30), { family: "B", requires: [0, 1] }]);
  const closed = groupTasks(tasks, NONE);
  const key = [...closed.groups.keys()][0] as string;
  const opened = groupTasks(tasks, new Set([key]));
  expect(opened.nodes).toHaveLength(31);
  expect(opened.edges).toHaveLength(2);
  expect([...opened.groups.keys()]).toEqual([key]);
  expect(shapeOf(groupTasks(tasks, NONE))).toBe(shapeOf(closed));
});

test("a group that is too large for that stays one node", () => {
  const tasks = tasksOf(many("A", OPENED + 1));
  expect(groupTasks(tasks, new Set(["A 0"])).nodes).toHaveLength(1);
  expect(groupTasks(tasksOf(many("A", OPENED)), new Set(["A 0"])).nodes).toHaveLength(OPENED);
});

test("where that leaves too many nodes, a family is one node on whatever level", () => {
  const chain = (length: number) =>
    tasksOf([
      ...many("Step", length, (at) => (at ? [at - 1] : [])),
      { family: "End", requires: [length - 1] },
    ]);
  expect(groupTasks(chain(NODES - 1), NONE).nodes).toHaveLength(NODES);
  const graph = groupTasks(chain(NODES), NONE);
  expect(groupsIn(graph)).toEqual([["Step", NODES]]);
  expect(graph.edges).toHaveLength(1);
});

test.each<[string, Made[]]>([
  ["a chain", many("Step", 5000, (at) => (at ? [at - 1] : []))],
  ["two levels", [...many("Leaf", 4999), { family: "All", requires: [...Array(4999).keys()] }]],
])("%s of 5,000 tasks is a few nodes", (_, made) => {
  expect(groupTasks(tasksOf(made), NONE).nodes.length).toBeLessThanOrEqual(2);
});

test("a change of state is no change of shape, a new task is", () => {
  const shape = (made: Made[]) => shapeOf(groupTasks(tasksOf(made), NONE));
  const made: Made[] = [{ family: "A" }, { family: "B", requires: [0] }];
  expect(shape(made.map((each) => ({ ...each, state: "failed" })))).toBe(shape(made));
  expect(shape([...made, { family: "C" }])).not.toBe(shape(made));
});

test("tasks in a circle, which no Luigi makes, are drawn all the same", () => {
  const tasks = tasksOf([
    { family: "A", requires: [1] },
    { family: "B", requires: [0] },
  ]);
  expect(groupTasks(tasks, NONE).nodes).toHaveLength(2);
});

test("without ELK, nodes are in columns after what they require", () => {
  const tasks: Tasks = tasksOf([
    { family: "A" },
    { family: "B" },
    { family: "C", requires: [0] },
    { family: "D", requires: [1, 2] },
  ]);
  expect([...columns(groupTasks(tasks, NONE), 100, 10).values()]).toEqual([
    { x: 0, y: 0 },
    { x: 0, y: 10 },
    { x: 100, y: 0 },
    { x: 200, y: 0 },
  ]);
});
