import { expect, test } from "vitest";
import type { TaskInstance } from "../airflow/types";
import type { Head } from "../luigi/live";
import { buildOf, instanceOf, placeOf } from "./fixtures";
import { type Piece, type Role, roleOf } from "./readers";
import { situationOf } from "./situation";

function piece(instance: Partial<TaskInstance>, head: Partial<Head> | null, role: Role = "builds"): Piece {
  const build = head && buildOf([{ family: "A" }], head);
  return { place: placeOf(instance.task_id), instance: instanceOf(instance), role, build };
}

function sentences(...[instance, head, role]: Parameters<typeof piece>): string[] {
  return situationOf({ pieces: [piece(instance, head, role)], left: 0 }, false);
}

test("of a build that goes on or has ended there is nothing to say", () => {
  expect(sentences({ state: "running" }, { status: null })).toEqual([]);
  expect(sentences({ state: "failed" }, { status: "FAILED" })).toEqual([]);
});

test.each<[Parameters<typeof piece>, string]>([
  [[{ state: "running", try_number: 2 }, { status: "FAILED" }], "try 1; try 2 has published nothing yet"],
  [
    [{ state: "failed", try_number: 2 }, { status: null }],
    "try 1, which ended without a last word; try 2 has published nothing at all",
  ],
  [[{ state: "failed" }, { status: null }], "Try 1 ended without a last word"],
  [[{ state: "failed" }, { status: "BROKEN_OFF" }], "broken off"],
  [[{}, { omitted: 1200 }], "1,200 more tasks"],
  [[{ state: "queued" }, null], "Luigi has not begun: Airflow has this task as queued"],
  [[{ state: null }, null], "not scheduled"],
  [[{ state: "running" }, null], "Luigi has published nothing yet"],
  [[{ state: "success" }, null], "published nothing of its build"],
  [[{ state: "upstream_failed" }, null], "Luigi built nothing"],
  [[{}, null, "waits"], "builds nothing"],
  [[{}, null, "checks"], "Browse > Luigi"],
  [[{}, null, "other"], "does not build with Luigi"],
])("%j is said in a sentence", (of, expected) => {
  expect(sentences(...of)).toEqual([expect.stringContaining(expected)]);
});

test("of a run it says which tasks it speaks of", () => {
  const pieces = [
    piece({ task_id: "a" }, { status: "SUCCESS" }),
    piece({ task_id: "b", state: "failed" }, { status: null }),
    piece({ task_id: "c", state: "queued" }, null),
  ];
  expect(situationOf({ pieces, left: 3 }, true)).toEqual([
    expect.stringMatching(/^Nothing published.*: c\.$/),
    expect.stringMatching(/^b: Try 1 ended/),
    expect.stringMatching(/^3 more/),
  ]);
  const ended = Array.from({ length: 5 }, (_, at) => piece({ task_id: `t${at}` }, { status: null }));
  expect(situationOf({ pieces: ended, left: 0 }, true)).toHaveLength(4);
  expect(situationOf({ pieces: ended, left: 0 }, true).at(-1)).toBe("The like of 2 more tasks.");
  expect(situationOf({ pieces: [], left: 0 }, true)).toEqual(["No task of this run builds with Luigi."]);
});

test("an operator is known by its name or by its note", () => {
  const note = { task: "a:B", run_date_param: null, params: {}, timezone: null };
  const role = (name: string, own: Parameters<typeof roleOf>[1]) =>
    roleOf({ operator: null, operator_name: name }, own);
  expect(role("LuigiOperator", null)).toBe("builds");
  expect(role("LuigiNodeOperator", null)).toBe("builds");
  expect(role("OurOwnOperator", note)).toBe("builds");
  expect(role("OurOwnOperator", { ...note, kind: "completeness" })).toBe("checks");
  expect(role("LuigiCompletenessOperator", null)).toBe("checks");
  expect(role("LuigiTaskSensor", note)).toBe("waits");
  expect(role("EmptyOperator", null)).toBe("other");
});
