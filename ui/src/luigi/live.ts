import { getIfThere, taskPath } from "../airflow/api";
import { isTaskState, type TaskState } from "./states";

/**
 * What a LuigiOperator publishes of its build while it runs and when it is over: airflow_luigi.core.live.
 * It is in the task state store of Airflow 3.3, and in XCom before that, under these keys: the head, which
 * changes each time, and the pages, whose entries are added to, and of which only the last one changes.
 */
export const HEAD_KEY = "luigi_live";

export interface Head {
  version: 1;
  /** The try of the Airflow task that published it. */
  try_number: number;
  /** How many pages there are, and which version the last of them is. Pages are numbered from 0. */
  pages: number;
  last_page: number;
  /** It changes when the pages begin anew: none of those that were read counts any more. */
  edition: number;
  /** When the build began, and when this was published, in seconds since the epoch. */
  started: number;
  published: number;
  /** Luigi's status, as SUCCESS or FAILED; BROKEN_OFF; null as long as the build goes on. */
  status: string | null;
  /** The state of each task, in the order of their numbers: a character of `codes` each. */
  states: string;
  codes: Record<string, string>;
  /** How many tasks are not published, for there are too many. */
  omitted: number;
}

/** The status of a build that a timeout, a kill or an error ended. */
export const BROKEN_OFF = "BROKEN_OFF";

export type Entry =
  /** The number of a family, its name, "module:Class", and the names of its public parameters. */
  | { family: [number, string, string, string[]] }
  /** The number of a task, luigi's id of it, its family's number, its parameters' values, what it requires. */
  | { task: [number, string, number, string[], number[]] }
  /** The number of a task, when its last run began (seconds since the epoch), how long it took, how often it ran. */
  | { ran: [number, number, number | null, number] }
  /** The number of a task, why it failed or what it waits for in one line, and the whole of it. */
  | { error: [number, string, string] }
  /** The number of a task, the URIs of its outputs, and how many more it has. */
  | { outputs: [number, string[], number] };

export interface LuigiTask {
  number: number;
  id: string;
  family: string;
  taskClass: string;
  params: [name: string, value: string][];
  /** Numbers of the tasks that it requires. */
  requires: number[];
  state: TaskState;
  started: number | null;
  seconds: number | null;
  runs: number;
  error: string | null;
  detail: string | null;
  outputs: string[];
  moreOutputs: number;
}

export interface Build {
  head: Head;
  tasks: LuigiTask[];
}

/** Where a build is published: a task of a run. */
export interface Place {
  dagId: string;
  runId: string;
  taskId: string;
  mapIndex: number;
}

/** Read the text of a page: base64 of zlib's deflate of a list of entries in JSON. */
export async function decodePage(text: string): Promise<Entry[]> {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text()) as Entry[];
}

/** Put the head and the entries of all pages together. */
export function assemble(head: Head, entries: Iterable<Entry>): Build {
  const families = new Map<number, { name: string; taskClass: string; params: string[] }>();
  const tasks = new Map<number, LuigiTask>();
  const of = (number: number): LuigiTask => {
    let task = tasks.get(number);
    if (!task) {
      task = {
        number,
        id: "",
        family: "",
        taskClass: "",
        params: [],
        requires: [],
        state: stateOf(head, number),
        started: null,
        seconds: null,
        runs: 0,
        error: null,
        detail: null,
        outputs: [],
        moreOutputs: 0,
      };
      tasks.set(number, task);
    }
    return task;
  };
  for (const entry of entries) {
    if ("family" in entry) {
      const [number, name, taskClass, params] = entry.family;
      families.set(number, { name, taskClass, params });
    } else if ("task" in entry) {
      const [number, id, familyNumber, values, requires] = entry.task;
      const family = families.get(familyNumber);
      Object.assign(of(number), {
        id,
        requires,
        family: family?.name ?? "",
        taskClass: family?.taskClass ?? "",
        params: values.map((value, at) => [family?.params[at] ?? "", value]),
      });
    } else if ("ran" in entry) {
      const [number, started, seconds, runs] = entry.ran;
      Object.assign(of(number), { started, seconds, runs });
    } else if ("error" in entry) {
      const [number, error, detail] = entry.error;
      Object.assign(of(number), { error, detail });
    } else if ("outputs" in entry) {
      const [number, outputs, moreOutputs] = entry.outputs;
      Object.assign(of(number), { outputs, moreOutputs });
    }
  }
  return { head, tasks: [...tasks.values()].sort((a, b) => a.number - b.number) };
}

function stateOf(head: Head, number: number): TaskState {
  const state = head.codes[head.states[number] ?? ""] ?? "";
  return isTaskState(state) ? state : "waiting";
}

/** Reads what is published of one build, again and again, and of the pages only those that are new. */
export class LiveReader {
  private edition: number | null = null;
  private pages: Entry[][] = [];
  private lastPage = -1;
  private inXCom = false;
  private latest: Build | null = null;

  constructor(readonly place: Place) {}

  /** Give the build as it is now, or null if nothing has been published; the same object if nothing changed. */
  async read(signal?: AbortSignal): Promise<Build | null> {
    // A build that publishes meanwhile may have begun its pages anew.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const head = await this.value<Head>(HEAD_KEY, signal);
      if (head === null) return null;
      if (this.latest && JSON.stringify(this.latest.head) === JSON.stringify(head)) return this.latest;
      if (await this.readPages(head, signal)) {
        this.latest = assemble(head, this.pages.flat());
        return this.latest;
      }
    }
    // What was read before is better than nothing, until the pages fit the head again.
    return this.latest;
  }

  private async readPages(head: Head, signal?: AbortSignal): Promise<boolean> {
    if (head.edition !== this.edition) {
      this.pages = [];
      this.lastPage = -1;
      this.edition = head.edition;
    }
    const have = this.pages.length;
    const first = have > 0 && (have < head.pages || this.lastPage !== head.last_page) ? have - 1 : have;
    const numbers = Array.from({ length: Math.max(0, head.pages - first) }, (_, at) => first + at);
    const texts = await Promise.all(
      numbers.map((number) => this.value<string>(`${HEAD_KEY}_${number}`, signal)),
    );
    if (texts.some((text) => text === null)) {
      this.edition = null;
      return false;
    }
    const pages = await Promise.all(texts.map((text) => decodePage(text as string)));
    numbers.forEach((number, at) => {
      this.pages[number] = pages[at] as Entry[];
    });
    this.lastPage = head.last_page;
    return true;
  }

  private async value<T>(key: string, signal?: AbortSignal): Promise<T | null> {
    const path = taskPath(this.place.dagId, this.place.runId, this.place.taskId);
    const query = { map_index: this.place.mapIndex };
    if (!this.inXCom) {
      const stored = await getIfThere<{ value: T }>(`${path}/state-store/${key}`, query, signal);
      if (stored !== null) return stored.value;
    }
    const entry = await getIfThere<{ value: T }>(
      `${path}/xcomEntries/${key}`,
      { ...query, deserialize: true },
      signal,
    );
    if (entry !== null) this.inXCom = true;
    return entry === null ? null : entry.value;
  }
}
