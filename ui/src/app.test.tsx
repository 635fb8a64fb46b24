import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { App } from "./app";

vi.mock("./build/page", () => ({ default: (props: object) => <p>{JSON.stringify(props)}</p> }));

afterEach(cleanup);

const RUN = "manual__2026-11-01T00:00:00+00:00";

test.each([
  [`run_id=${encodeURIComponent(RUN)}&task_id=a.b&map_index=12`, "a.b", 12],
  [`run_id=${RUN}&task_id=a.b&map_index=0`, "a.b", 0],
  [`run_id=${RUN}&task_id=a.b&map_index={MAP_INDEX}`, "a.b", -1],
  [`run_id=${RUN}&task_id=a.b&map_index=`, "a.b", -1],
  [`run_id=${RUN}`, null, -1],
])("the address %s is read as Airflow means it", async (query, taskId, mapIndex) => {
  window.history.replaceState(null, "", `/team/luigi/build?dag_id=shop&${query}`);
  render(<App />);
  const told = await screen.findByText(/dagId/);
  expect(JSON.parse(told.textContent ?? "")).toEqual({ dagId: "shop", runId: RUN, taskId, mapIndex });
});

test("a page that does not exist is said not to", () => {
  window.history.replaceState(null, "", "/luigi/none");
  render(<App />);
  expect(screen.getByRole("alert")).toHaveTextContent("There is no page “none”.");
});
