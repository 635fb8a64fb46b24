import { get, taskPath } from "../airflow/api";
import type { Place } from "../luigi/live";
import type { LogRecord } from "./log-lines";

export interface Log {
  content: LogRecord[];
  /** Whether Airflow's log page counts the records that begin and end groups. */
  groupsCount: boolean;
}

/** Read Airflow's whole log of a try. */
export async function readLog(place: Place, tryNumber: number, signal?: AbortSignal): Promise<Log> {
  const path = `${taskPath(place.dagId, place.runId, place.taskId)}/logs/${tryNumber}`;
  const [{ content }, { version }] = await Promise.all([
    get<{ content: LogRecord[] }>(path, { map_index: place.mapIndex, full_content: true }, signal),
    get<{ version: string }>("version", {}, signal),
  ]);
  return { content, groupsCount: /^3\.[01]\./.test(version) };
}
