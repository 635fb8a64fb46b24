import { get, getAll, getIfThere, post, segment, taskPath } from "../airflow/api";
import { inParallel } from "../airflow/in-parallel";
import type { DagRun, TaskInstance, XCom } from "../airflow/types";
import { luigiTasks } from "../luigi/notes";
import { airflowWork, isReport, luigiWork, type Report, type Work } from "./figures";
import type { DagRuns } from "./rows";

/** What of a DAG does not change from run to run. */
export interface About {
  dagId: string;
  timezone: string;
  /** The Airflow tasks that build Luigi tasks. */
  builds: string[];
}

export async function readAbout(dagId: string, signal?: AbortSignal): Promise<About> {
  const [details, noted] = await Promise.all([
    get<{ timezone: string | null }>(`dags/${segment(dagId)}/details`, {}, signal),
    luigiTasks(dagId, signal),
  ]);
  const builds = noted.filter(({ note }) => note.kind !== "completeness");
  return {
    dagId,
    timezone: builds.find(({ note }) => note.timezone)?.note.timezone ?? details.timezone ?? "UTC",
    builds: builds.map(({ taskId }) => taskId),
  };
}

/** Read a DAG's last runs. */
export async function readRuns(about: About, most: number, signal?: AbortSignal): Promise<DagRuns> {
  const path = `dags/${segment(about.dagId)}/dagRuns`;
  const query = { order_by: "-run_after" };
  const found = await getAll<DagRun>(path, "dag_runs", query, { most: most + 1, signal });
  return {
    dagId: about.dagId,
    timezone: about.timezone,
    runs: found.slice(0, most),
    more: found.length > most,
  };
}

/** Runs whose tasks are read together, and the most tasks of theirs. */
const TOGETHER = 10;
const MOST = 2000;
const PAGE = 100;
/** Requests at once: each report is one of its own, since Airflow's lists of XComs come without the values. */
const AT_ONCE = 4;
/** States of tasks that have left nothing in XCom. */
const NOTHING = new Set<string | null>([null, "upstream_failed", "removed"]);

/** Reads what the tasks of runs did, of each run that is over once. */
export class WorkReader {
  private readonly known = new Map<string, Work>();

  /** Read of those runs what is not known yet, and give all that is; of runs with very many tasks, nothing is. */
  async read(
    about: About,
    runs: readonly DagRun[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, Work>> {
    const unknown = runs.filter((run) => !this.known.has(runKey(run)));
    for (let at = 0; at < unknown.length; at += TOGETHER) {
      await this.readSome(about, unknown.slice(at, at + TOGETHER), signal);
    }
    return new Map(this.known);
  }

  private async readSome(about: About, runs: readonly DagRun[], signal?: AbortSignal): Promise<void> {
    const instances = await readInstances(about.dagId, runs, signal);
    if (instances === null) return;
    const built = instances.filter(
      ({ task_id, state }) => about.builds.includes(task_id) && !NOTHING.has(state),
    );
    const reports = new Map<TaskInstance, Report | null>();
    await inParallel(AT_ONCE, built, async (instance) => {
      reports.set(instance, await readReport(instance, signal));
    });
    for (const run of runs) {
      const own = instances.filter((each) => each.dag_run_id === run.dag_run_id);
      const work =
        about.builds.length > 0
          ? luigiWork(
              own.map((each) => reports.get(each) ?? null),
              own,
            )
          : airflowWork(own);
      this.known.set(runKey(run), work);
    }
  }
}

/** A run that is cleared becomes another: its start is a new one. */
export function runKey(run: DagRun): string {
  return JSON.stringify([run.dag_id, run.dag_run_id, run.start_date, run.end_date]);
}

async function readInstances(
  dagId: string,
  runs: readonly DagRun[],
  signal?: AbortSignal,
): Promise<TaskInstance[] | null> {
  const found: TaskInstance[] = [];
  for (;;) {
    const page = await post<{ task_instances: TaskInstance[]; total_entries: number }>(
      "dags/~/dagRuns/~/taskInstances/list",
      {
        dag_ids: [dagId],
        dag_run_ids: runs.map((run) => run.dag_run_id),
        page_limit: PAGE,
        page_offset: found.length,
      },
      signal,
    );
    if (page.total_entries > MOST) return null;
    found.push(...page.task_instances);
    if (page.task_instances.length === 0 || found.length >= page.total_entries) return found;
  }
}

async function readReport(instance: TaskInstance, signal?: AbortSignal): Promise<Report | null> {
  const path = taskPath(instance.dag_id, instance.dag_run_id, instance.task_id);
  const query = { map_index: instance.map_index, deserialize: true };
  const entry = await getIfThere<XCom<unknown>>(`${path}/xcomEntries/return_value`, query, signal);
  return entry !== null && isReport(entry.value) ? entry.value : null;
}
