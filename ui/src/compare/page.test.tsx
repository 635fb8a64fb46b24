import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import ComparePage from "./page";

// jsdom has no canvas.
vi.mock("./duration-chart", () => ({ DurationChart: () => null }));

const DAY = "2026-11-21T00:00:00Z";
let answers: Record<string, (body: { dag_ids: string[] }) => unknown>;
let asked: string[];

function run(dagId: string, fields = {}) {
  return {
    dag_id: dagId,
    dag_run_id: "r1",
    state: "success",
    logical_date: DAY,
    run_after: DAY,
    start_date: DAY,
    end_date: "2026-11-21T00:01:05Z",
    ...fields,
  };
}

function dag(dagId: string, runs: unknown[], tasks: unknown[] = []) {
  answers[`dags/${dagId}/details`] = () => ({ timezone: "UTC" });
  answers[`dags/${dagId}/tasks`] = () => ({ tasks, total_entries: tasks.length });
  answers[`dags/${dagId}/dagRuns`] = () => ({ dag_runs: runs, total_entries: runs.length });
}

beforeEach(() => {
  asked = [];
  answers = {
    dags: () => ({ dags: [{ dag_id: "native" }, { dag_id: "luigi" }] }),
    "dags/~/dagRuns/~/taskInstances/list": ({ dag_ids: [dagId] }) => {
      const instance = { dag_id: dagId, dag_run_id: "r1", map_index: -1, state: "success", try_number: 1 };
      const ids = dagId === "luigi" ? ["build"] : ["words", "count"];
      return { task_instances: ids.map((task_id) => ({ ...instance, task_id })), total_entries: ids.length };
    },
    "dags/luigi/dagRuns/r1/taskInstances/build/xcomEntries/return_value": () => ({
      value: {
        counts: { ran: 1, already_complete: 1 },
        tasks: [
          { id: "1", family: "Count", state: "ran", started: 1 },
          { id: "2", family: "Words", state: "already_complete", started: null },
        ],
      },
    }),
  };
  const note = { airflow_luigi: { value: { task: "m:T", timezone: "UTC", kind: "build" } } };
  dag("native", [run("native")]);
  dag("luigi", [run("luigi")], [{ task_id: "build", params: note }]);
  vi.stubGlobal("fetch", async (address: string, { body }: { body?: string }) => {
    const path = new URL(address, "http://airflow").pathname.replace("/api/v2/", "");
    asked.push(path);
    const answer = answers[path];
    if (!answer) return Response.json({ detail: `no ${path}` }, { status: 404 });
    const found = answer(JSON.parse(body ?? "{}"));
    return found instanceof Response ? found : Response.json(found);
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(search: string) {
  window.history.replaceState(null, "", `/luigi/compare${search}`);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <ComparePage />
    </QueryClientProvider>,
  );
}

function texts(row: HTMLElement): string[] {
  return [...row.querySelectorAll("th, td")].map((cell) => cell.textContent ?? "");
}

test("the last run of a date is shown for each DAG, with what ran and what was found complete", async () => {
  open("?dag_id=native&dag_id=luigi");
  const table = await screen.findByRole("table", { name: "The last run of each DAG, by date" });
  await within(table).findByText("Count");
  const [, native, luigi] = within(table).getAllByRole("row");
  expect(texts(native as HTMLElement)).toEqual([
    "2026-11-21",
    "native",
    "✓success",
    "1 min 05 s",
    "2 words, count",
    "–",
  ]);
  expect(texts(luigi as HTMLElement)).toEqual(["luigi", "✓success", "1 min 05 s", "1 Count", "1 Words"]);
});

test("DAGs are added and removed, and the page's address says which", async () => {
  const user = userEvent.setup();
  open("?dag_id=native");
  await user.type(screen.getByLabelText("DAG"), "luigi{Enter}");
  expect(window.location.search).toBe("?dag_id=native&dag_id=luigi");
  await user.click(screen.getByRole("button", { name: "Remove native" }));
  expect(window.location.search).toBe("?dag_id=luigi");
});

test("a DAG that is removed and added again is as it was", async () => {
  const user = userEvent.setup();
  open("?dag_id=native");
  await screen.findByText("words, count");
  await user.click(screen.getByRole("button", { name: "Remove native" }));
  await user.type(screen.getByLabelText("DAG"), "native{Enter}");
  expect(await screen.findByText("words, count")).toBeInTheDocument();
});

test("one DAG that can't be read does not hide the others", async () => {
  answers["dags/native/details"] = () => new Response("{}", { status: 403 });
  open("?dag_id=native&dag_id=luigi");
  expect(await screen.findByRole("alert")).toHaveTextContent("Your Airflow user may not do or see this.");
  expect(await screen.findByRole("link", { name: "luigi" })).toBeInTheDocument();
});

test("a run that goes on is read again until it is over, and then no more", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    dag("native", [run("native", { state: "running", end_date: null })]);
    open("?dag_id=native&dag_id=luigi");
    expect(await screen.findByText(/so far/)).toBeInTheDocument();
    const reads = () => asked.filter((path) => path === "dags/native/dagRuns").length;
    dag("native", [run("native")]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await screen.findByText("words, count", { exact: false })).toBeInTheDocument();
    expect(reads()).toBe(2);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(reads()).toBe(2);
    expect(asked.filter((path) => path === "dags/luigi/dagRuns")).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});
