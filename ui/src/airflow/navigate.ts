import { basePath } from "./base";
import { parentPage } from "./theme";

/** The address of a task of a run in Airflow's UI. */
export function taskPage(dagId: string, runId: string, taskId: string, mapIndex = -1): string {
  const mapped = mapIndex >= 0 ? `/mapped/${mapIndex}` : "";
  return `${runPage(dagId, runId)}/tasks/${encodeURIComponent(taskId)}${mapped}`;
}

/** The address of a run in Airflow's UI. */
export function runPage(dagId: string, runId: string): string {
  return `${dagPage(dagId)}/runs/${encodeURIComponent(runId)}`;
}

/** The address of a DAG in Airflow's UI. */
export function dagPage(dagId: string): string {
  return `${basePath()}dags/${encodeURIComponent(dagId)}`;
}

/**
 * Open a page of Airflow's in the whole window. The frame that Airflow draws these pages in may not
 * navigate the window around it, but the page around it may.
 */
export function openInAirflow(address: string): void {
  const page = parentPage() ?? document;
  const link = page.createElement("a");
  link.href = address;
  page.body.append(link);
  link.click();
  link.remove();
}

/**
 * Keep something in this page's address. Airflow 3.3 copies the address of a page in its frame into its own,
 * so that it can be bookmarked and sent, whenever the frame has loaded.
 */
export function replaceSearch(search: string): void {
  window.history.replaceState(null, "", `${window.location.pathname}${search}`);
  if (parentPage()) window.frameElement?.dispatchEvent(new Event("load"));
}
