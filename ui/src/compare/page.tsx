import { useState } from "react";
import { ErrorMessage, Message } from "../parts/message";
import { PageFrame } from "../parts/page-frame";
import { type Choice, useChoice } from "./choice";
import { DagPicker } from "./dag-picker";
import { DatesTable } from "./dates-table";
import { DurationChart } from "./duration-chart";
import { isOver, totals } from "./figures";
import { rowsOf, undated } from "./rows";
import { TotalsTable } from "./totals-table";
import { useComparison } from "./use-comparison";
import "./compare.css";

const RUNS = 50;

export default function ComparePage() {
  const [choice, change] = useChoice();
  return (
    <PageFrame page="compare">
      <p>
        What the last run of each date did and how long it took, DAG beside DAG. Any DAG will do, with Luigi
        or without.
      </p>
      <DagPicker chosen={choice.dagIds} onChange={(dagIds) => change({ dagIds })} />
      {choice.dagIds.length === 0 ? (
        <Message>Add two DAGs or more to compare their runs.</Message>
      ) : (
        <Comparison choice={choice} change={change} />
      )}
    </PageFrame>
  );
}

function Comparison({ choice, change }: { choice: Choice; change: (change: Partial<Choice>) => void }) {
  const [most, setMost] = useState(RUNS);
  const { dags, workOf, errors, loading, refresh } = useComparison(choice.dagIds, most);
  const all = rowsOf(dags, choice.step);
  const rows = choice.common ? all.filter((row) => row.runs.size === dags.length) : all;
  const sums = dags.map(({ dagId, luigi }) => ({
    dagId,
    luigi,
    sums: totals(
      rows.flatMap((row) => row.runs.get(dagId)?.run ?? []),
      workOf,
    ),
  }));
  const shown = rows.flatMap((row) => [...row.runs.values()].map(({ run }) => run));
  const uncounted = loading ? 0 : shown.filter((run) => isOver(run) && !workOf(run)).length;
  const unfinished = shown.filter((run) => !isOver(run)).length;
  const without = undated(dags);
  return (
    <>
      <div className="row options">
        <label>
          A row for each{" "}
          <select
            value={choice.step}
            onChange={(event) => change({ step: event.target.value === "hour" ? "hour" : "day" })}
          >
            <option value="day">day</option>
            <option value="hour">hour</option>
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={choice.common}
            onChange={(event) => change({ common: event.target.checked })}
          />{" "}
          Only dates that all of them have
        </label>
        <button type="button" onClick={refresh}>
          Refresh
        </button>
        <span role="status" className="quiet">
          {loading ? "Loading…" : going(unfinished)}
        </span>
      </div>
      {errors.map(({ dagId, error }) => (
        <div key={dagId}>
          <strong>{dagId}</strong>
          <ErrorMessage error={error} />
        </div>
      ))}
      {choice.dagIds.length === 1 && <Message>Add another DAG to compare it with.</Message>}
      {dags.length > 0 && !loading && rows.length === 0 && (
        <Message>
          {choice.common ? "There is no date that all of them have." : "There are no runs yet."}
        </Message>
      )}
      {rows.length > 0 && (
        <>
          <h2>Totals</h2>
          <TotalsTable totals={sums} />
          <h2>Durations</h2>
          <DurationChart rows={rows} dagIds={dags.map(({ dagId }) => dagId)} />
          <h2>Runs by date</h2>
          <DatesTable rows={rows} dags={dags} step={choice.step} workOf={workOf} />
        </>
      )}
      {dags.some(({ more }) => more) && (
        <p className="row">
          <button type="button" onClick={() => setMost(most + RUNS)} disabled={loading}>
            Show older
          </button>
          <span className="quiet">The last {most} runs of each DAG are read.</span>
        </p>
      )}
      {without > 0 && <p className="quiet">Not shown: {without} runs whose partition key is no date.</p>}
      {uncounted > 0 && (
        <p className="quiet">
          Of {uncounted} runs the tasks are not counted: they are too many, or can't be read.
        </p>
      )}
      <Definitions />
    </>
  );
}

function going(unfinished: number): string {
  if (unfinished === 0) return "";
  return `${unfinished === 1 ? "1 run goes on" : `${unfinished} runs go on`}; read every 5 seconds.`;
}

function Definitions() {
  return (
    <p className="quiet definitions">
      A run's date is its partition's date, else the start of its data interval, else its logical date, else
      when it was due, in the DAG's timezone. Of several runs of a date, the last one to begin counts. Its
      duration is from its start to its end, as Airflow has them; <code>make compare</code>, which counts
      Airflow's task instances in the same way, times from asking to the end and so adds the wait before the
      start. Of a DAG with Luigi tasks, those of Luigi are counted, as the last try of each Airflow task
      reported them; of any other DAG, the task instances that succeeded. Totals are of the dates shown, and
      of runs that are over.
    </p>
  );
}
