import { runPage } from "../airflow/navigate";
import type { DagRun } from "../airflow/types";
import { durationText } from "../luigi/duration";
import { AirflowLink } from "../parts/airflow-link";
import { RunStateBadge } from "../parts/run-state";
import { Scrolled } from "../parts/scrolled";
import { isOver, namesText, runSeconds, type Tally, type Work } from "./figures";
import type { DagRuns, Row, Step } from "./rows";

interface Props {
  rows: readonly Row[];
  dags: readonly DagRuns[];
  step: Step;
  workOf: (run: DagRun) => Work | undefined;
}

/** The last run of each DAG, date by date. */
export function DatesTable({ rows, dags, step, workOf }: Props) {
  const now = Date.now();
  return (
    <Scrolled label="Runs by date">
      <table className="dates">
        <caption className="visually-hidden">The last run of each DAG, by date</caption>
        <thead>
          <tr>
            <th scope="col">{step === "day" ? "Date" : "Hour"}</th>
            <th scope="col">DAG</th>
            <th scope="col">Run</th>
            <th scope="col" className="number">
              Duration
            </th>
            <th scope="col">Ran</th>
            <th scope="col">Found complete</th>
          </tr>
        </thead>
        {rows.map((row) => (
          <tbody key={row.date}>
            {dags.map((dag, at) => (
              <tr key={dag.dagId}>
                {at === 0 && (
                  <th scope="rowgroup" rowSpan={dags.length}>
                    {row.date}
                  </th>
                )}
                <td>{dag.dagId}</td>
                <RunCells dag={dag} found={row.runs.get(dag.dagId)} now={now} workOf={workOf} />
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Scrolled>
  );
}

function RunCells({
  dag,
  found,
  now,
  workOf,
}: {
  dag: DagRuns;
  found: { run: DagRun; earlier: number } | undefined;
  now: number;
  workOf: (run: DagRun) => Work | undefined;
}) {
  if (!found) {
    return (
      <td colSpan={4} className="quiet">
        {dag.more ? "no run among those read" : "no run"}
      </td>
    );
  }
  const { run, earlier } = found;
  const seconds = runSeconds(run, now);
  const work = isOver(run) ? workOf(run) : undefined;
  return (
    <>
      <td>
        <AirflowLink to={runPage(run.dag_id, run.dag_run_id)}>
          <RunStateBadge state={run.state} />
        </AirflowLink>
        {earlier > 0 && <span className="quiet"> and {earlier} earlier</span>}
      </td>
      <td className="number">
        {seconds === null ? "–" : durationText(seconds)}
        {seconds !== null && !isOver(run) && <span className="quiet"> so far</span>}
      </td>
      <TallyCell tally={work?.ran} />
      <TallyCell tally={work?.complete} />
    </>
  );
}

function TallyCell({ tally }: { tally: Tally | null | undefined }) {
  if (!tally) return <td className="quiet">–</td>;
  return (
    <td>
      {tally.total}
      {tally.total > 0 && <span className="quiet"> {namesText(tally)}</span>}
    </td>
  );
}
