import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { ApiError, get, segment } from "../airflow/api";
import { dagPage } from "../airflow/navigate";
import type { DagDetails } from "../airflow/types";
import type { Precision } from "../luigi/run-date";
import { AirflowLink } from "../parts/airflow-link";
import { ErrorMessage, Message } from "../parts/message";
import type { Matrix } from "./answer";
import { BackfillDag, whyNot } from "./backfill-dag";
import { askForPlan, type Plan } from "./plan";
import { many } from "./time-text";
import type { BackfillOptions } from "./use-backfill";

const MOST_SHOWN = 200;

/** Shows what a backfill of the selected dates would do, and asks. */
export function BackfillDialog({
  dagId,
  zone,
  matrix,
  selected,
  onStart,
  onClose,
}: {
  dagId: string;
  zone: string | null;
  matrix: Matrix;
  selected: readonly number[];
  onStart: (dag: BackfillDag, plan: Plan, options: BackfillOptions) => void;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const { data, error } = useQuery({
    queryKey: ["plan", dagId, matrix.askedAt, selected],
    queryFn: async () => {
      const details = await get<DagDetails>(`dags/${segment(dagId)}/details`);
      const refusal = matrix.precision === null ? UNREADABLE : whyNot(details);
      if (refusal !== null) return { refusal, plan: null };
      const dag = new BackfillDag(details, zone ?? details.timezone ?? "UTC");
      return {
        refusal,
        dag,
        plan: await askForPlan(dag, matrix.dates, selected, matrix.precision as Precision),
      };
    },
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <dialog ref={dialog} className="backfill" aria-labelledby={title} onClose={onClose}>
      <h2 id={title}>
        Backfill {many(selected.length, "date")} of {dagId}
      </h2>
      {!data && !error && <Message>Asking Airflow which runs make them…</Message>}
      {error && <Refused error={error} />}
      {data?.plan === null && (
        <Message kind="error">
          {data.refusal} <AirflowLink to={dagPage(dagId)}>Go to the DAG</AirflowLink>
        </Message>
      )}
      {data?.plan && (
        <PlanForm
          plan={data.plan}
          onStart={(options) => {
            onStart(data.dag, data.plan, options);
            onClose();
          }}
        />
      )}
      <div className="row">
        <button type="button" onClick={onClose}>
          {data?.plan ? "Cancel" : "Close"}
        </button>
      </div>
    </dialog>
  );
}

const UNREADABLE = "These dates are written in a way that this page can't match with runs.";

function Refused({ error }: { error: unknown }) {
  if (error instanceof ApiError && error.status === 403) {
    return <Message kind="error">Your Airflow user may not make backfills of this DAG.</Message>;
  }
  return <ErrorMessage error={error} />;
}

function PlanForm({ plan, onStart }: { plan: Plan; onStart: (options: BackfillOptions) => void }) {
  const [maxActiveRuns, setMaxActiveRuns] = useState(10);
  const [backwards, setBackwards] = useState(false);
  const unmade = plan.dates.filter(({ slot }) => slot === null).length;
  const backfills = plan.backfills.length;
  return (
    <form
      method="dialog"
      onSubmit={(event) => {
        event.preventDefault();
        onStart({ maxActiveRuns, backwards });
      }}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="plan" aria-label="The plan" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Date</th>
              <th>Run in Airflow</th>
              <th>To do</th>
            </tr>
          </thead>
          <tbody>
            {plan.dates.slice(0, MOST_SHOWN).map(({ date, slot, todo }) => (
              <tr key={date}>
                <td>{date}</td>
                <td>{slot?.state ?? "–"}</td>
                <td>{todo}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {plan.dates.length > MOST_SHOWN && <p>and {many(plan.dates.length - MOST_SHOWN, "more date")}.</p>}
      </section>
      <ul>
        <li>
          {many(plan.runs, "run")} in {many(backfills, "backfill")} of Airflow.
          {plan.again > 0 && ` ${many(plan.again, "run")} succeeded before, and will be made again.`}
        </li>
        {plan.waitedFor.length > 0 && <li>{many(plan.waitedFor.length, "run")} going on already.</li>}
        {unmade > 0 && <li>The DAG's schedule has no run that is due for {many(unmade, "date")}.</li>}
        {backfills > 1 && (
          <li>
            Airflow has one active backfill a DAG: they are made one after the other, as long as this page is
            open.
          </li>
        )}
      </ul>
      <div className="row">
        <label className="row">
          Runs at once
          <input
            type="number"
            min={1}
            required
            value={maxActiveRuns || ""}
            onChange={(event) => setMaxActiveRuns(event.target.valueAsNumber || 0)}
          />
        </label>
        <label className="row">
          <input
            type="checkbox"
            checked={backwards}
            onChange={(event) => setBackwards(event.target.checked)}
          />
          Newest date first
        </label>
        <button type="submit" className="primary" disabled={!plan.runs && !plan.waitedFor.length}>
          {plan.runs ? `Make ${many(plan.runs, "run")}` : "Watch"}
        </button>
      </div>
    </form>
  );
}
