import { beforeEach, expect, test, vi } from "vitest";
import type { TaskInstance } from "../airflow/types";
import { instanceOf, placeOf } from "./fixtures";
import { RunReader, TaskReader } from "./readers";

let answers: Record<string, unknown>;
let asked: string[];

beforeEach(() => {
  asked = [];
  answers = {};
  window.history.replaceState({}, "", "/luigi/build");
  vi.stubGlobal("fetch", async (address: string) => {
    const path = new URL(address, "http://airflow").pathname.replace("/api/v2/", "");
    asked.push(path);
    return path in answers ? Response.json(answers[path]) : new Response("{}", { status: 404 });
  });
});

const RUN = "dags/shop/dagRuns/monday/taskInstances";

function run(...instances: Partial<TaskInstance>[]) {
  answers[RUN] = { task_instances: instances.map(instanceOf), total_entries: instances.length };
  answers["dags/shop/tasks"] = {
    tasks: [{ task_id: "noted", params: { airflow_luigi: { value: { task: "a:B" } } } }],
    total_entries: 1,
  };
}

test("a mapped task is asked for by its index", async () => {
  answers[`${RUN}/build/3`] = instanceOf({ map_index: 3 });
  const { pieces } = await new TaskReader(placeOf("build", 3)).read();
  expect(pieces).toMatchObject([{ role: "builds", build: null, instance: { map_index: 3 } }]);
});

test("an operator that is not known by its name is looked up in its DAG, once", async () => {
  answers[`${RUN}/build`] = instanceOf({ operator_name: "OurOperator" });
  const reader = new TaskReader(placeOf());
  expect((await reader.read()).pieces[0]?.role).toBe("other");
  await reader.read();
  expect(asked.filter((path) => path === "dags/shop/tasks/build")).toHaveLength(1);
});

test("of a run the tasks that build are read, mapped ones too, and no others", async () => {
  run(
    { task_id: "one" },
    { task_id: "mapped", map_index: 0 },
    { task_id: "mapped", map_index: 1 },
    { task_id: "noted", operator_name: "OurOperator" },
    { task_id: "wait", operator_name: "LuigiTaskSensor" },
    { task_id: "other", operator_name: "EmptyOperator" },
  );
  const { pieces, left } = await new RunReader("shop", "monday").read();
  expect(pieces.map(({ place }) => [place.taskId, place.mapIndex])).toEqual([
    ["one", -1],
    ["mapped", 0],
    ["mapped", 1],
    ["noted", -1],
  ]);
  expect(left).toBe(0);
});

test("what a task published that is over is read once, until another try of it", async () => {
  const heads = () => asked.filter((path) => path.endsWith("state-store/luigi_live"));
  const reader = new RunReader("shop", "monday");
  run({ task_id: "over" }, { task_id: "runs", state: "running" });
  await reader.read();
  await reader.read();
  expect(heads().map((path) => path.split("/").at(-3))).toEqual(["over", "runs", "runs"]);
  asked = [];
  run({ task_id: "over", try_number: 2 }, { task_id: "runs", state: "success" });
  await reader.read();
  expect(heads()).toHaveLength(2);
});

test("a run of very many tasks is read up to a bound", async () => {
  run(...Array.from({ length: 205 }, (_, map_index) => ({ map_index })));
  const reading = await new RunReader("shop", "monday").read();
  expect(reading.pieces).toHaveLength(200);
  expect(reading.left).toBe(5);
});
