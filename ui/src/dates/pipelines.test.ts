import { describe, expect, it, vi } from "vitest";
import type { Note } from "../luigi/notes";
import { askersOf, built, MOST_DAGS, type Pipeline, type Scan, scan } from "./pipelines";

function note(task: string, kind?: Note["kind"]): Note {
  return { task, run_date_param: "date", params: {}, timezone: "UTC", ...(kind ? { kind } : {}) };
}

function pipeline(dagId: string, isPaused: boolean, ...notes: Note[]): Pipeline {
  return { dagId, name: dagId, isPaused, tasks: notes.map((each, at) => ({ taskId: `t${at}`, note: each })) };
}

describe("a pipeline", () => {
  it("builds what its notes say, of a graph the whole, and what asks builds nothing", () => {
    const graph = pipeline("d", false, note("a:A", "build"), note("a:A", "build"), note("b:B"));
    expect(built(graph).map(({ taskId }) => taskId)).toEqual(["t0", "t2"]);
    expect(built(pipeline("d", false, note("a:A", "completeness")))).toEqual([]);
  });

  it("is asked for by those whose notes say so, of DAGs that aren't paused first", () => {
    const found = [
      pipeline("paused", true, note("a:A", "completeness")),
      pipeline("other", false, note("b:B", "completeness")),
      pipeline("asks", false, note("a:A", "build"), note("a:A", "completeness")),
    ];
    expect(askersOf(found, "a:A")).toEqual([
      { dagId: "asks", taskId: "t1" },
      { dagId: "paused", taskId: "t0" },
    ]);
  });
});

describe("scan", () => {
  it("looks at the DAG that is wanted first, then at those of late, and at no more than so many", async () => {
    const ids = Array.from({ length: MOST_DAGS + 5 }, (_, at) => `dag_${String(at).padStart(3, "0")}`);
    const asked: string[] = [];
    let atOnce = 0;
    let most = 0;
    const answer = (path: string, query: URLSearchParams): unknown => {
      if (path === "dags/~/dagRuns/~/taskInstances") return { task_instances: [{ dag_id: "dag_302" }] };
      if (path === "dags") {
        const offset = Number(query.get("offset"));
        const dags = ids.slice(offset, offset + 100).map((dag_id) => {
          return { dag_id, dag_display_name: dag_id, is_paused: false };
        });
        return { dags, total_entries: ids.length };
      }
      const [, dagId = "", tasks] = path.split("/");
      if (tasks) asked.push(dagId);
      if (dagId === "dag_001") throw new Response("{}", { status: 403 });
      if (!tasks) return { dag_id: dagId, dag_display_name: dagId, is_paused: false };
      const params = dagId === "dag_302" ? { airflow_luigi: { value: note("a:A") } } : {};
      return { tasks: [{ task_id: "t0", params }], total_entries: 1 };
    };
    vi.stubGlobal("fetch", async (address: string) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      const url = new URL(address, "http://airflow");
      await Promise.resolve();
      atOnce -= 1;
      try {
        return Response.json(answer(url.pathname.split("api/v2/")[1] ?? "", url.searchParams));
      } catch (refusal) {
        return refusal;
      }
    });
    const found: Scan[] = [];
    await scan("dag_304", (each) => found.push(each), new AbortController().signal);
    expect(asked.slice(0, 3)).toEqual(["dag_304", "dag_302", "dag_000"]);
    // One that may not be seen is passed over.
    expect(asked).toHaveLength(MOST_DAGS);
    expect(most).toBeLessThanOrEqual(4);
    expect(found[0]).toMatchObject({ looked: 0, done: false });
    expect(found.at(-1)).toMatchObject({ looked: MOST_DAGS, omitted: 5, done: true });
    expect(found.at(-1)?.pipelines.map(({ dagId }) => dagId)).toEqual(["dag_302"]);
    vi.unstubAllGlobals();
  });
});
