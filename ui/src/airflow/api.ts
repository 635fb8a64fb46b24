import { basePath } from "./base";

/** An answer of Airflow's REST API that is none of success. `status` 0: no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

/** One segment of a path in Airflow's REST API; "~" stands for all. */
export function segment(id: string): string {
  return id === "~" ? id : encodeURIComponent(id);
}

/** The path of a run. */
export function runPath(dagId: string, runId: string): string {
  return `dags/${segment(dagId)}/dagRuns/${segment(runId)}`;
}

/** The path of a task of a run. */
export function taskPath(dagId: string, runId: string, taskId: string): string {
  return `${runPath(dagId, runId)}/taskInstances/${segment(taskId)}`;
}

/** Read from Airflow's REST API, with the session of the user who is logged in. */
export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return send<T>("GET", path, query, undefined, signal);
}

/** Read what may not be there: null in place of an answer 404. */
export async function getIfThere<T>(
  path: string,
  query: Query = {},
  signal?: AbortSignal,
): Promise<T | null> {
  try {
    return await get<T>(path, query, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Have Airflow do something. */
export function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>("POST", path, {}, body, signal);
}

/** Have Airflow change something that is there. */
export function put<T>(path: string): Promise<T> {
  return send<T>("PUT", path, {});
}

const PAGE = 100;

/** Read every page of a list. `key` names the list in the answer; `most` ends it early. */
export async function getAll<T>(
  path: string,
  key: string,
  query: Query = {},
  { most = Number.POSITIVE_INFINITY, signal }: { most?: number; signal?: AbortSignal | undefined } = {},
): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const page = await get<Record<string, unknown>>(
      path,
      { ...query, limit: PAGE, offset: found.length },
      signal,
    );
    const items = page[key] as T[];
    found.push(...items);
    if (items.length === 0 || found.length >= (page.total_entries as number) || found.length >= most) {
      return found.slice(0, most);
    }
  }
}

async function send<T>(
  method: string,
  path: string,
  query: Query,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  const text = parameters.toString();
  let answer: Response;
  try {
    answer = await fetch(`${basePath()}api/v2/${path}${text ? `?${text}` : ""}`, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "Airflow does not answer.");
  }
  if (!answer.ok) throw new ApiError(answer.status, await reason(answer));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function reason(answer: Response): Promise<string> {
  if (answer.status === 401) return "You are not logged in any more. Reload the page to log in.";
  let detail: unknown;
  try {
    detail = ((await answer.json()) as { detail?: unknown }).detail;
  } catch {
    detail = undefined;
  }
  if (answer.status === 403) return "Your Airflow user may not do or see this.";
  if (typeof detail === "string") return `Airflow answered ${answer.status}: ${detail}`;
  if (detail !== undefined) return `Airflow answered ${answer.status}: ${JSON.stringify(detail)}`;
  return `Airflow answered ${answer.status}.`;
}
