import { get, getAll, getIfThere, runPath, segment, taskPath } from "../airflow/api";
import { inParallel } from "../airflow/in-parallel";
import { type Task as AirflowTask, isUnfinished, type TaskInstance } from "../airflow/types";
import { type Build, LiveReader, type Place } from "../luigi/live";
import { luigiTasks, type Note, noteOf } from "../luigi/notes";

/** What a task of Airflow is to Luigi. */
export type Role = "builds" | "waits" | "checks" | "other";

/** A task of Airflow, and what it has published of its build. */
export interface Piece {
  place: Place;
  instance: TaskInstance;
  role: Role;
  build: Build | null;
}

export interface Reading {
  pieces: Piece[];
  /** How many tasks that build were left out. */
  left: number;
}

export interface Reader {
  read(signal?: AbortSignal): Promise<Reading>;
}

const PARALLEL = 4;
/** The most Airflow tasks of a run that are read. */
export const MOST = 200;

/** Reads one task of a run. */
export class TaskReader implements Reader {
  private role: Role | null = null;
  private readonly live: LiveReader;

  constructor(readonly place: Place) {
    this.live = new LiveReader(place);
  }

  async read(signal?: AbortSignal): Promise<Reading> {
    const { dagId, runId, taskId, mapIndex } = this.place;
    const mapped = mapIndex >= 0 ? `/${mapIndex}` : "";
    // The state is read first: what has been published when a task is over is all there will be.
    const instance = await get<TaskInstance>(`${taskPath(dagId, runId, taskId)}${mapped}`, {}, signal);
    const build = await this.live.read(signal);
    this.role ??= build ? "builds" : await this.findRole(instance, signal);
    return { pieces: [{ place: this.place, instance, role: this.role, build }], left: 0 };
  }

  private async findRole(instance: TaskInstance, signal?: AbortSignal): Promise<Role> {
    const role = roleOf(instance, null);
    if (role !== "other") return role;
    const path = `dags/${segment(this.place.dagId)}/tasks/${segment(this.place.taskId)}`;
    const task = await getIfThere<AirflowTask>(path, {}, signal);
    return roleOf(instance, task && noteOf(task));
  }
}

/** Reads every task of a run that builds with Luigi. */
export class RunReader implements Reader {
  private notes: Promise<Map<string, Note>> | null = null;
  private readonly lives = new Map<string, { live: LiveReader; ended: string | null; build: Build | null }>();

  constructor(
    readonly dagId: string,
    readonly runId: string,
  ) {}

  async read(signal?: AbortSignal): Promise<Reading> {
    const [instances, notes] = await Promise.all([
      getAll<TaskInstance>(
        `${runPath(this.dagId, this.runId)}/taskInstances`,
        "task_instances",
        {},
        { signal },
      ),
      this.readNotes(),
    ]);
    const building = instances.flatMap((instance) => {
      const role = roleOf(instance, notes.get(instance.task_id) ?? null);
      return role === "builds" ? [{ instance, role }] : [];
    });
    const pieces = await inParallel(PARALLEL, building.slice(0, MOST), async ({ instance, role }) => {
      const { task_id: taskId, map_index: mapIndex } = instance;
      const place = { dagId: this.dagId, runId: this.runId, taskId, mapIndex };
      return { place, instance, role, build: await this.readBuild(place, instance, signal) };
    });
    return { pieces, left: building.length - pieces.length };
  }

  private readNotes(): Promise<Map<string, Note>> {
    this.notes ??= luigiTasks(this.dagId).then(
      (tasks) => new Map(tasks.map(({ taskId, note }) => [taskId, note])),
      (error) => {
        this.notes = null;
        throw error;
      },
    );
    return this.notes;
  }

  private async readBuild(place: Place, instance: TaskInstance, signal?: AbortSignal): Promise<Build | null> {
    const key = `${place.mapIndex} ${place.taskId}`;
    const known = this.lives.get(key) ?? { live: new LiveReader(place), ended: null, build: null };
    this.lives.set(key, known);
    const ended = isUnfinished(instance.state)
      ? null
      : `${instance.try_number} ${instance.state} ${instance.end_date}`;
    if (ended === null || ended !== known.ended) {
      known.build = await known.live.read(signal);
      known.ended = ended;
    }
    return known.build;
  }
}

/** Tell by an operator's name, and by what it notes, what it is to Luigi. */
export function roleOf(instance: Pick<TaskInstance, "operator" | "operator_name">, note: Note | null): Role {
  const name = instance.operator_name ?? instance.operator ?? "";
  if (name === "LuigiCompletenessOperator" || note?.kind === "completeness") return "checks";
  if (name === "LuigiTaskSensor" || name === "LuigiNodeSensor") return "waits";
  if (name === "LuigiOperator" || name === "LuigiNodeOperator" || note) return "builds";
  return "other";
}
