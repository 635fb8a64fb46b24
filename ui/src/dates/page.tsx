import { useState } from "react";
import { dagPage } from "../airflow/navigate";
import { AirflowLink } from "../parts/airflow-link";
import { ErrorMessage, Message } from "../parts/message";
import { PageFrame } from "../parts/page-frame";
import { readChoice, writeChoice } from "./page-query";
import { PipelineView } from "./pipeline-view";
import { askersOf, built, type Scan } from "./pipelines";
import { many } from "./time-text";
import { useScan } from "./use-scan";
import "./dates.css";

export default function DatesPage() {
  const [dagId, setDagId] = useState(() => readChoice("dag_id"));
  const [task, setTask] = useState(() => readChoice("luigi_task"));
  const [busy, setBusy] = useState(false);
  const { found, error } = useScan(dagId);
  const pipelines = found.pipelines.filter((each) => built(each).length > 0);
  const pipeline = pipelines.find((each) => each.dagId === dagId);
  const tasks = pipeline ? built(pipeline) : [];
  const chosen = tasks.find((each) => each.note.task === task) ?? tasks[0];
  const choose = (dag: string, luigiTask: string | null) => {
    setDagId(dag);
    setTask(luigiTask);
    writeChoice("dag_id", dag);
    writeChoice("luigi_task", luigiTask);
  };
  return (
    <PageFrame page="dates">
      <div className="row">
        <label className="row">
          DAG
          <select
            value={dagId ?? ""}
            disabled={busy}
            title={busy ? "A backfill is being followed." : undefined}
            onChange={(event) => choose(event.target.value, null)}
          >
            <option value="" disabled>
              Choose a DAG
            </option>
            {dagId !== null && !pipeline && <option value={dagId}>{dagId}</option>}
            {pipelines.map((each) => (
              <option key={each.dagId} value={each.dagId}>
                {each.name}
                {each.isPaused ? " (paused)" : ""}
              </option>
            ))}
          </select>
        </label>
        {pipeline && tasks.length > 1 && (
          <label className="row">
            Luigi task
            <select
              value={chosen?.note.task}
              disabled={busy}
              onChange={(event) => choose(pipeline.dagId, event.target.value)}
            >
              {tasks.map((each) => (
                <option key={each.note.task}>{each.note.task}</option>
              ))}
            </select>
          </label>
        )}
        {pipeline && chosen && (
          <span className="quiet">
            {tasks.length === 1 && <code>{chosen.note.task}</code>}{" "}
            <AirflowLink to={dagPage(pipeline.dagId)}>in Airflow</AirflowLink>
          </span>
        )}
        <span className="quiet" aria-live="polite">
          {error === null && scanText(found)}
        </span>
      </div>
      {error !== null && <ErrorMessage error={error} />}
      {!dagId && found.done && pipelines.length > 0 && (
        <Message>Choose a DAG to see which of its dates are there.</Message>
      )}
      {!dagId && found.done && pipelines.length === 0 && (
        <Message>No DAG that you may see has a LuigiOperator with a task of its own.</Message>
      )}
      {dagId && !pipeline && found.done && (
        <Message kind="error">
          Among the DAGs that you may see, none with Luigi in it is called {dagId}.
        </Message>
      )}
      {pipeline && chosen && (
        <PipelineView
          key={`${pipeline.dagId} ${chosen.note.task}`}
          dagId={pipeline.dagId}
          built={chosen}
          askers={askersOf(found.pipelines, chosen.note.task)}
          searching={!found.done}
          onBusy={setBusy}
        />
      )}
    </PageFrame>
  );
}

function scanText({ done, looked, total, omitted }: Scan): string {
  if (!done) return `Looked at ${looked} of ${many(total, "DAG")}.`;
  return omitted ? `${many(omitted, "DAG")} more not looked at: link to one with ?dag_id=.` : "";
}
