import { useEffect, useState } from "react";
import { dagPage, runPage, taskPage } from "../airflow/navigate";
import { AirflowLink } from "../parts/airflow-link";
import type { Answer } from "./answers";
import { ago, at, many } from "./time-text";

/** When and by whom was asked, and what came out. */
export function AnswerBar({ answer }: { answer: Answer }) {
  const { asker, runId, mapIndex, matrix } = answer;
  const asked = matrix?.askedAt ?? answer.at;
  const now = useNow(30_000);
  return (
    <p>
      Asked <strong>{ago(asked, now)}</strong>, at {at(asked)}, by{" "}
      <AirflowLink to={dagPage(asker.dagId)}>{asker.dagId}</AirflowLink> /{" "}
      <AirflowLink to={runPage(asker.dagId, runId)}>{runId}</AirflowLink> /{" "}
      <AirflowLink to={taskPage(asker.dagId, runId, asker.taskId, mapIndex)}>{asker.taskId}</AirflowLink>.
      {matrix && (
        <>
          {" "}
          {many(matrix.totals.complete + matrix.totals.missing + matrix.totals.error, "date")}:{" "}
          {matrix.totals.complete.toLocaleString("en")} complete, {matrix.totals.missing.toLocaleString("en")}{" "}
          missing
          {matrix.totals.error > 0 && `, ${matrix.totals.error.toLocaleString("en")} can't be told`}.
        </>
      )}
    </p>
  );
}

function useNow(every: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
