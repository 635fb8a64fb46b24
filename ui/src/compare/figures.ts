import type { DagRun, TaskInstance } from "../airflow/types";
import type { TaskState } from "../luigi/states";

/** What a LuigiOperator returns: airflow_luigi.core.report, as far as it is used here. */
export interface Report {
  counts: Partial<Record<TaskState, number>>;
  tasks: { id: string; family: string; state: TaskState; started: number | null }[];
}

export function isReport(value: unknown): value is Report {
  return typeof value === "object" && value !== null && "counts" in value && "tasks" in value;
}

/** How many tasks, and how many of each name; a report that is cut does not name them all. */
export interface Tally {
  total: number;
  names: [name: string, count: number][];
}

/** What the tasks of a run did. */
export interface Work {
  /** Of a DAG with Luigi tasks those of Luigi, else Airflow's. Null: not told. */
  ran: Tally | null;
  /** Null: not told, or no Luigi. */
  complete: Tally | null;
  instances: number;
  /** Airflow's tasks with more than one try. */
  triedAgain: number;
}

/** What the Luigi tasks of a run did, as the reports of its Airflow tasks tell. */
export function luigiWork(reports: readonly (Report | null)[], instances: readonly TaskInstance[]): Work {
  const told = reports.filter((report) => report !== null);
  const ran = new Map<string, string>();
  const complete = new Map<string, string>();
  let moreRan = 0;
  let moreComplete = 0;
  for (const { counts, tasks } of told) {
    moreRan += counts.ran ?? 0;
    moreComplete += counts.already_complete ?? 0;
    for (const { id, family, state } of [...tasks].sort((a, b) => (a.started ?? 0) - (b.started ?? 0))) {
      if (state === "ran") {
        ran.set(id, family);
        moreRan -= 1;
      } else if (state === "already_complete") {
        complete.set(id, family);
        moreComplete -= 1;
      }
    }
  }
  // What one Airflow task's build made, those of later tasks find complete.
  for (const id of ran.keys()) complete.delete(id);
  return {
    ran: told.length > 0 ? tally(ran.values(), moreRan) : null,
    complete: told.length > 0 ? tally(complete.values(), moreComplete) : null,
    ...airflowCounts(instances),
  };
}

/** What the tasks of a run of a DAG without Luigi did. */
export function airflowWork(instances: readonly TaskInstance[]): Work {
  const succeeded = instances.filter((each) => each.state === "success").sort(byStart);
  return {
    ran: tally(succeeded.map((each) => each.task_id)),
    complete: null,
    ...airflowCounts(instances),
  };
}

function airflowCounts(instances: readonly TaskInstance[]): Pick<Work, "instances" | "triedAgain"> {
  return {
    instances: instances.length,
    triedAgain: instances.filter((each) => each.try_number > 1).length,
  };
}

function byStart(a: TaskInstance, b: TaskInstance): number {
  return (a.start_date ?? "").localeCompare(b.start_date ?? "");
}

function tally(names: Iterable<string>, more = 0): Tally {
  const counts = new Map<string, number>();
  let total = more;
  for (const name of names) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    total += 1;
  }
  return { total, names: [...counts] };
}

const NAMED = 6;

/** The names of a tally in one line, as "Words, Count ×2, and 7 more". */
export function namesText({ total, names }: Tally): string {
  const named = names.slice(0, NAMED);
  const texts = named.map(([name, count]) => (count > 1 ? `${name} ×${count}` : name));
  const rest = total - named.reduce((sum, [, count]) => sum + count, 0);
  if (rest > 0) texts.push(named.length > 0 ? `and ${rest} more` : `${rest}`);
  return texts.join(", ");
}

export function isOver(run: DagRun): boolean {
  return run.state === "success" || run.state === "failed";
}

/** The seconds from a run's start to its end; of one that goes on, to `now`. Null: it has not begun. */
export function runSeconds(run: DagRun, now: number): number | null {
  if (run.start_date === null) return null;
  const end = isOver(run) && run.end_date !== null ? Date.parse(run.end_date) : now;
  return Math.max(0, (end - Date.parse(run.start_date)) / 1000);
}

/** The sums over the runs of a DAG. */
export interface Totals {
  runs: number;
  failed: number;
  /** Of the runs that are over. */
  seconds: number;
  median: number | null;
  ran: number;
  /** Null: no Luigi. */
  complete: number | null;
  instances: number;
  triedAgain: number;
}

export function totals(runs: readonly DagRun[], workOf: (run: DagRun) => Work | undefined): Totals {
  const over = runs.filter(isOver);
  const seconds = over.flatMap((run) => runSeconds(run, 0) ?? []);
  const works = over.flatMap((run) => workOf(run) ?? []);
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  const completes = works.flatMap((work) => work.complete ?? []);
  return {
    runs: runs.length,
    failed: over.filter((run) => run.state === "failed").length,
    seconds: sum(seconds),
    median: median(seconds),
    ran: sum(works.map((work) => work.ran?.total ?? 0)),
    complete: completes.length > 0 ? sum(completes.map((each) => each.total)) : null,
    instances: sum(works.map((work) => work.instances)),
    triedAgain: sum(works.map((work) => work.triedAgain)),
  };
}

export function median(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}
