import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Made, tasksOf } from "./fixtures";
import { ListView } from "./list-view";
import { TaskDetails } from "./task-details";
import type { Task, Tasks } from "./tasks";

const MARKUP = "<img src=x onerror=alert(1)><b>bold</b>";
const MADE: Made[] = [
  { family: "Words", state: "already_complete", outputs: [`file:///data/${MARKUP}`] },
  {
    family: "Count",
    params: { tag: MARKUP },
    requires: [0],
    state: "failed",
    error: [`ValueError: ${MARKUP}`, `Traceback\n  ${MARKUP}`],
  },
  { family: "Report", requires: [1], state: "upstream_failed" },
];

// jsdom lays nothing out, and a list without a height shows nothing.
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(600);
});

afterEach(cleanup);

function one(tasks: Tasks, family: string): Task {
  return [...tasks.values()].find((task) => task.family === family) as Task;
}

function show(family: string, onChoose = vi.fn()) {
  const tasks = tasksOf(MADE);
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <TaskDetails tasks={tasks} task={one(tasks, family)} several={false} onChoose={onChoose} />
    </QueryClientProvider>,
  );
  return onChoose;
}

test("markup in parameters, errors and paths is text", () => {
  show("Count");
  expect(screen.getByText(MARKUP)).toBeInTheDocument();
  expect(screen.getByText(`ValueError: ${MARKUP}`)).toBeInTheDocument();
  expect(screen.getByText((_, element) => element?.tagName === "PRE").textContent).toBe(
    `Traceback\n  ${MARKUP}`,
  );
  expect(document.querySelector("img, b")).toBeNull();
});

test("what was found complete is told by its outputs", () => {
  show("Words");
  expect(screen.getByText(/got True/)).toBeInTheDocument();
  expect(screen.getByText(`file:///data/${MARKUP}`)).toBeInTheDocument();
  expect(document.querySelector("img, b")).toBeNull();
});

test("what blocks a task, and what it requires, leads there", async () => {
  const onChoose = show("Report");
  const buttons = screen.getAllByRole("button", { name: /Count/ });
  expect(buttons).toHaveLength(2);
  await userEvent.click(buttons[0] as HTMLElement);
  expect(onChoose).toHaveBeenCalledWith(one(tasksOf(MADE), "Count").id);
});

test("the log is read when it is asked for, and shows the lines that name the task", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (address: string) => {
    asked.push(address);
    if (address.endsWith("version")) return Response.json({ version: "3.3.2" });
    const content = [
      { event: "::group::Pre" },
      { event: "Words()" },
      { event: `Count(tag=${MARKUP}) failed` },
    ];
    return Response.json({ content });
  });
  show("Count");
  expect(asked).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Find it in Airflow's log" }));
  expect(await screen.findByText(`Count(tag=${MARKUP}) failed`)).toBeInTheDocument();
  expect(screen.getByText("1 line names it.")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: /in Airflow's log/ })).toHaveAttribute(
    "href",
    "/dags/shop/runs/monday/tasks/build?try_number=1#1",
  );
});

test("the list has the rows in view alone, and says how many there are", () => {
  const made = Array.from({ length: 1000 }, (_, at): Made => ({ family: "A", params: { n: `${at}` } }));
  const onChoose = vi.fn();
  render(<ListView tasks={[...tasksOf(made).values()]} chosen={null} onChoose={onChoose} />);
  const table = document.querySelector("table");
  expect(table).toHaveAttribute("aria-rowcount", "1001");
  expect(table?.querySelectorAll("tbody tr").length).toBeLessThan(60);
  const header = screen.getByText("Parameters");
  fireEvent.click(header);
  fireEvent.click(header);
  expect(header.closest("th")).toHaveAttribute("aria-sort", "descending");
  fireEvent.click(screen.getAllByText("A")[0] as HTMLElement);
  expect(onChoose).toHaveBeenCalledWith("A_999_0123456789");
});
