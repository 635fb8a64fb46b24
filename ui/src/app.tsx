import { lazy, Suspense } from "react";
import { splitPath } from "./airflow/base";
import { Message } from "./parts/message";

// Each page loads what it needs and no more: the graph's layout alone is a megabyte.
const BuildPage = lazy(() => import("./build/page"));
const DatesPage = lazy(() => import("./dates/page"));
const ComparePage = lazy(() => import("./compare/page"));

export function App() {
  const query = new URLSearchParams(window.location.search);
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
          mapIndex={Number(query.get("map_index") || -1)}
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
