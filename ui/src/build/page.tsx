import { useEffect, useMemo } from "react";
import { ErrorMessage, Message } from "../parts/message";
import { Explorer } from "./explorer";
import { startLayouts } from "./layout";
import { RunReader, TaskReader } from "./readers";
import { situationOf } from "./situation";
import { Summary } from "./summary";
import { countStates, mergeBuilds } from "./tasks";
import { useBuilds, useReading } from "./use-reading";
import "./build.css";

/** What Luigi does in a task of a run, or in all tasks of a run. */
export default function BuildPage({
  dagId,
  runId,
  taskId,
  mapIndex,
}: {
  dagId: string;
  runId: string;
  taskId: string | null;
  mapIndex: number;
}) {
  const reader = useMemo(
    () =>
      taskId === null ? new RunReader(dagId, runId) : new TaskReader({ dagId, runId, taskId, mapIndex }),
    [dagId, runId, taskId, mapIndex],
  );
  const { reading, error, live, refresh } = useReading(reader, [dagId, runId, taskId, mapIndex]);
  const builds = useBuilds(reading);
  const tasks = useMemo(() => mergeBuilds(builds), [builds]);
  useEffect(() => void startLayouts(), []);
  const counts = useMemo(() => countStates(tasks.values()), [tasks]);

  if (!reading) return error ? <ErrorMessage error={error} /> : <Message>Loading…</Message>;
  return (
    <div className="build">
      <h1 className="visually-hidden">Luigi's tasks</h1>
      {error && <ErrorMessage error={error} />}
      {situationOf(reading, taskId === null).map((sentence) => (
        <Message key={sentence}>{sentence}</Message>
      ))}
      {builds.length > 0 && (
        <>
          <Summary reading={reading} counts={counts} live={live} onRefresh={() => void refresh()} />
          <Explorer tasks={tasks} counts={counts} several={taskId === null} />
        </>
      )}
    </div>
  );
}
