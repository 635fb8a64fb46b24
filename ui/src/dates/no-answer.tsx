import { useRef, useState } from "react";
import { Message } from "../parts/message";

/** What to write so that somebody asks. */
export function NoAsker({ task, searching }: { task: string; searching: boolean }) {
  const code = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(example(task));
      setCopied("Copied.");
    } catch {
      if (code.current) window.getSelection()?.selectAllChildren(code.current);
      setCopied("The browser does not let this page copy. The lines are selected: press Ctrl+C.");
    }
  };
  if (searching) return <Message>Looking for a DAG that asks for the dates of {task}…</Message>;
  return (
    <>
      <Message>
        No DAG that you may see asks which dates of {task} are there. A few lines in the DAGs folder do:
      </Message>
      <pre ref={code} className="example">
        {example(task)}
      </pre>
      <div className="row">
        <button type="button" onClick={copy}>
          Copy
        </button>
        <span aria-live="polite">{copied}</span>
      </div>
    </>
  );
}

function example(task: string): string {
  const name = task.split(/[:.]/).at(-1)?.toLowerCase().replaceAll(/\W/g, "_");
  return `from airflow.sdk import DAG
from airflow_luigi import LuigiCompletenessOperator
from pendulum import datetime

with DAG("dates_of_${name}", schedule="@hourly", start_date=datetime(2026, 1, 1), catchup=False):
    LuigiCompletenessOperator(
        task_id="ask",
        luigi_task="${task}",
        luigi_params={},  # as in the DAG that builds it
    )
`;
}
