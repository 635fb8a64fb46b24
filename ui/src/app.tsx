import { lazy, Suspense } from "react";
import { splitPath } from "./airflow/base";
import { Message } from "./parts/message";

// Each page loads what it needs and no more: the graph's layout alone is a megabyte.
const BuildPage = lazy(() => import("./build/page"));
const DatesPage = lazy(() => import("./dates/page"));
const ComparePage = lazy(() => import("./compare/page"));

export function App() {
  // Airflow 3.1 puts ids into the address as they are, and those of runs have a "+".
  const query = new URLSearchParams(window.location.search.replaceAll("+", "%2B"));
  return (
    <Suspense fallback={<Message>Loading…</Message>}>
      <Page name={splitPath(window.location.pathname).page} query={query} />
    </Suspense>
  );
}

function Page({ name, query }: { name: string; query: URLSearchParams }) {
  switch (name) {
    case "build":
      return (
        <BuildPage
          dagId={query.get("dag_id") ?? ""}
          runId={query.get("run_id") ?? ""}
          taskId={query.get("task_id")}
          mapIndex={mapIndexOf(query)}
        />
      );
    case "dates":
      return <DatesPage />;
    case "compare":
      return <ComparePage />;
    default:
      return <Message kind="error">There is no page “{name}”.</Message>;
  }
}

/** Of a task that is not mapped, Airflow leaves the placeholder in the address. */
function mapIndexOf(query: URLSearchParams): number {
  const text = query.get("map_index") ?? "";
  return /^\d+$/.test(text) ? Number(text) : -1;
}
