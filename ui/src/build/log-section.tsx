import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { taskPage } from "../airflow/navigate";
import { AirflowLink } from "../parts/airflow-link";
import { ErrorMessage } from "../parts/message";
import { type LogLine, linesOf } from "./log-lines";
import { readLog } from "./read-log";
import { nameOf } from "./situation";
import { number, type Part, type Task } from "./tasks";

const SHOWN = 5;

/** What Airflow's log says of a Luigi task; it is read when it is asked for. */
export function LogSection({ task, several }: { task: Task; several: boolean }) {
  const [part, setPart] = useState<Part | null>(null);
  return (
    <>
      <div className="row">
        {task.parts.map((each) => (
          <button
            key={`${each.place.taskId} ${each.place.mapIndex}`}
            type="button"
            aria-pressed={each === part}
            onClick={() => setPart(each)}
          >
            {several ? `Find it in the log of ${nameOf(each)}` : "Find it in Airflow's log"}
          </button>
        ))}
      </div>
      {part && <Lines task={task} part={part} />}
    </>
  );
}

function Lines({ task, part }: { task: Task; part: Part }) {
  const { place, tryNumber } = part;
  const query = useQuery({
    queryKey: ["log", place, tryNumber],
    queryFn: ({ signal }) => readLog(place, tryNumber, signal),
    refetchOnReconnect: false,
    gcTime: 60_000,
  });
  if (query.error) return <ErrorMessage error={query.error} />;
  if (!query.data) return <p role="status">Reading the log…</p>;
  const lines = linesOf(task, query.data.content, query.data.groupsCount);
  const page = `${taskPage(place.dagId, place.runId, place.taskId, place.mapIndex)}?try_number=${tryNumber}`;
  if (lines.length === 0) {
    return (
      <p role="status">
        The log of try {tryNumber} does not name it. <AirflowLink to={page}>Open the log</AirflowLink>
      </p>
    );
  }
  const shown = lines.slice(-SHOWN);
  return (
    <>
      <p role="status">
        {number(lines.length)} {lines.length === 1 ? "line names" : "lines name"} it
        {lines.length > SHOWN && `, the last ${SHOWN} of them are here`}.
      </p>
      <ol className="log">
        {shown.map((line) => (
          <Line key={line.line} line={line} page={page} />
        ))}
      </ol>
    </>
  );
}

function Line({ line, page }: { line: LogLine; page: string }) {
  return (
    <li>
      <AirflowLink to={`${page}#${line.line}`}>
        {line.timestamp?.slice(11, 19) || `line ${line.line}`}
        <span className="visually-hidden"> in Airflow's log</span>
      </AirflowLink>{" "}
      {line.level && <span className="quiet">{line.level.toUpperCase()} </span>}
      <code>{line.text}</code>
    </li>
  );
}
