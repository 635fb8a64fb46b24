import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Explorer } from "./explorer";
import { type Made, tasksOf } from "./fixtures";
import type { Graph, GraphNode, Group } from "./grouping";
import { countStates } from "./tasks";

// jsdom has neither workers nor sizes: of the graph its nodes are enough here.
vi.mock("./graph-view", () => ({
  GraphView: (props: {
    graph: Graph;
    opened: Group[];
    onChoose: (node: GraphNode) => void;
    onClose: (group: Group) => void;
  }) => (
    <section aria-label="graph">
      {props.graph.nodes.map((node) => (
        <button key={node.id} type="button" onClick={() => props.onChoose(node)}>
          {node.id}
        </button>
      ))}
      {props.opened.map((group) => (
        <button key={group.key} type="button" onClick={() => props.onClose(group)}>
          close {group.key}
        </button>
      ))}
    </section>
  ),
}));

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(600);
});
afterEach(cleanup);

function show(made: Made[]) {
  const tasks = tasksOf(made);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Explorer tasks={tasks} counts={countStates(tasks.values())} several={false} />
    </QueryClientProvider>,
  );
}

const siblings = (count: number): Made[] =>
  Array.from({ length: count }, (_, at) => ({
    family: "Part",
    params: { n: `${at}` },
    state: at % 2 ? "ran" : "failed",
  }));
const nodes = () => within(screen.getByLabelText("graph")).getAllByRole("button");
const rows = () => document.querySelectorAll("tbody .state").length;

test("the legend counts each state, and is the filter by state", () => {
  show([...siblings(4), { family: "All", state: "upstream_failed" }]);
  const failed = screen.getByText("failed").closest("button") as HTMLElement;
  expect(failed).toHaveTextContent("2");
  fireEvent.click(screen.getByText("List"));
  expect(rows()).toBe(5);
  fireEvent.click(failed);
  expect(failed).toHaveAttribute("aria-pressed", "true");
  expect(rows()).toBe(2);
  expect(screen.getByText("2 matches")).toBeInTheDocument();
  fireEvent.click(failed);
  expect(rows()).toBe(5);
});

test("/ goes to the search, Enter to each match in turn, Escape closes the details", () => {
  show(siblings(4));
  fireEvent.keyDown(document.body, { key: "/" });
  const search = screen.getByRole("searchbox");
  expect(search).toHaveFocus();
  fireEvent.change(search, { target: { value: "n=" } });
  for (const at of [0, 1, 2, 3, 0]) {
    fireEvent.keyDown(search, { key: "Enter" });
    expect(screen.getByLabelText("Details")).toHaveTextContent(`Part_${at}_0123456789`);
  }
  fireEvent.keyDown(screen.getByLabelText("Details"), { key: "Escape" });
  expect(screen.queryByLabelText("Details")).toBeNull();
});

test("a group opens in the graph, and closes again", () => {
  show(siblings(21));
  expect(nodes()).toHaveLength(1);
  fireEvent.click(nodes()[0] as HTMLElement);
  expect(nodes()).toHaveLength(22);
  fireEvent.click(screen.getByText(/^close/));
  expect(nodes()).toHaveLength(1);
});

test("a large group opens as a list beside it, with search and the way back", () => {
  show(siblings(201));
  fireEvent.click(nodes()[0] as HTMLElement);
  const details = screen.getByLabelText("Details");
  expect(details).toHaveTextContent("201 of 201");
  fireEvent.change(within(details).getByLabelText("Search among these tasks"), { target: { value: "n=20" } });
  expect(details).toHaveTextContent("2 of 201");
  fireEvent.click(within(details).getByText("n=200"));
  expect(screen.getByLabelText("Details")).toHaveTextContent("Part_200_0123456789");
  fireEvent.click(screen.getByText("All 201 of Part"));
  expect(screen.getByLabelText("Details")).toHaveTextContent("201 of 201");
});
