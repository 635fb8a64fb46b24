import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { App } from "./app";

vi.mock("./build/page", () => ({ default: (props: object) => <p>{JSON.stringify(props)}</p> }));

afterEach(cleanup);

test.each([
  ["map_index={MAP_INDEX}", -1],
  ["map_index=", -1],
  ["map_index=0", 0],
  ["map_index=12", 12],
])("the page on a build is told its task: %s", async (mapIndex, expected) => {
  const run = "manual__2026-11-21T00:00:00+00:00";
  window.history.replaceState(null, "", `/luigi/build?dag_id=d&run_id=${run}&task_id=t&${mapIndex}`);
  render(<App />);
  const told = await screen.findByText(/dagId/);
  expect(JSON.parse(told.textContent ?? "")).toEqual({
    dagId: "d",
    runId: run,
    taskId: "t",
    mapIndex: expected,
  });
});

test("a page that does not exist is said not to", () => {
  window.history.replaceState(null, "", "/luigi/none");
  render(<App />);
  expect(screen.getByRole("alert")).toHaveTextContent("There is no page “none”.");
});
