// @vitest-environment node
import { deflateSync } from "node:zlib";
import { beforeEach, expect, test, vi } from "vitest";
import { entriesOf, headOf, type Made, placeOf } from "../build/fixtures";
import { assemble, decodePage, type Entry, type Head, LiveReader } from "./live";

const MADE: Made[] = [
  { family: "Words", params: { day: "1" } },
  { family: "Count", requires: [0], state: "running" },
];

/** What Airflow has stored, by key, and what was asked for. */
let store: Map<string, unknown>;
let kind: "state-store" | "xcomEntries";
let asked: string[];

const encode = (entries: Entry[]) => deflateSync(JSON.stringify(entries)).toString("base64");

function publish(head: Head, pages: Entry[][]) {
  store = new Map<string, unknown>([["luigi_live", head]]);
  pages.forEach((page, at) => {
    store.set(`luigi_live_${at}`, encode(page));
  });
}

beforeEach(() => {
  kind = "state-store";
  asked = [];
  store = new Map();
  vi.stubGlobal("window", { location: { pathname: "/team/luigi/build" } });
  vi.stubGlobal("fetch", async (address: string) => {
    const url = new URL(address, "http://airflow");
    const [, place, key] = /(state-store|xcomEntries)\/(.*)$/.exec(url.pathname) ?? [];
    asked.push(`${place} ${key}`);
    expect(url.searchParams.get("map_index")).toBe("-1");
    if (place !== kind || !store.has(key as string)) return new Response("{}", { status: 404 });
    return Response.json({ key, value: store.get(key as string) });
  });
});

test("a page is base64 of deflated JSON, with all of Unicode", async () => {
  const entries: Entry[] = [{ error: [0, "käse 🧀", "<b>"] }];
  expect(await decodePage(encode(entries))).toEqual(entries);
});

test("head and pages are one build", async () => {
  publish(headOf(MADE, { pages: 2 }), [entriesOf(MADE).slice(0, 2), entriesOf(MADE).slice(2)]);
  const build = await new LiveReader(placeOf()).read();
  expect(build?.tasks).toMatchObject([
    { family: "Words", taskClass: "shop.pipeline:Words", params: [["day", "1"]], state: "ran" },
    { family: "Count", requires: [0], state: "running" },
  ]);
});

test("nothing published is null", async () => {
  expect(await new LiveReader(placeOf()).read()).toBeNull();
});

test("a page that has not changed is not read again, and what has not changed at all is the same object", async () => {
  const reader = new LiveReader(placeOf());
  publish(headOf(MADE), [entriesOf(MADE)]);
  const first = await reader.read();
  asked = [];
  expect(await reader.read()).toBe(first);
  store.set("luigi_live", headOf(MADE, { published: 1012, states: headOf(MADE).states.replace("a", "b") }));
  const second = await reader.read();
  expect(second?.tasks[1]?.state).toBe("failed");
  expect(asked).toEqual(["state-store luigi_live", "state-store luigi_live"]);
});

test("of the pages only the last one and new ones are read again", async () => {
  const reader = new LiveReader(placeOf());
  const [a, b, c, d] = entriesOf(MADE) as [Entry, Entry, Entry, Entry];
  publish(headOf(MADE, { pages: 2, last_page: 2 }), [[a], [b]]);
  await reader.read();
  asked = [];
  publish(headOf(MADE, { pages: 3, last_page: 3 }), [[a], [b, c], [d]]);
  expect((await reader.read())?.tasks).toHaveLength(2);
  expect(asked).toEqual(["state-store luigi_live", "state-store luigi_live_1", "state-store luigi_live_2"]);
});

test("another edition is read from its first page", async () => {
  const reader = new LiveReader(placeOf());
  publish(headOf(MADE, { pages: 2 }), [entriesOf(MADE).slice(0, 2), entriesOf(MADE).slice(2)]);
  await reader.read();
  const other: Made[] = [{ family: "Other" }];
  publish(headOf(other, { edition: 2 }), [entriesOf(other)]);
  expect((await reader.read())?.tasks.map(({ family }) => family)).toEqual(["Other"]);
});

test("while pages are missing, what was read before stands", async () => {
  const reader = new LiveReader(placeOf());
  publish(headOf(MADE), [entriesOf(MADE)]);
  const first = await reader.read();
  publish(headOf(MADE, { edition: 2 }), []);
  expect(await reader.read()).toBe(first);
  publish(headOf(MADE, { edition: 2 }), [entriesOf(MADE)]);
  expect((await reader.read())?.head.edition).toBe(2);
});

test("where Airflow has no task state store, XCom has it, and then only XCom is asked", async () => {
  kind = "xcomEntries";
  const reader = new LiveReader(placeOf());
  publish(headOf(MADE), [entriesOf(MADE)]);
  expect((await reader.read())?.tasks).toHaveLength(2);
  expect(asked).toEqual(["state-store luigi_live", "xcomEntries luigi_live", "xcomEntries luigi_live_0"]);
});

test("later entries of a task count, and a state that is not known yet is waiting", () => {
  const build = assemble(headOf(MADE, { states: "i" }), [
    ...entriesOf(MADE),
    { task: [1, "Count_0123456789", 1, [], []] },
    { ran: [0, 1001, null, 1] },
    { ran: [0, 1003, 2.5, 2] },
  ]);
  expect(build.tasks).toMatchObject([
    { started: 1003, seconds: 2.5, runs: 2 },
    { requires: [], state: "waiting" },
  ]);
});
