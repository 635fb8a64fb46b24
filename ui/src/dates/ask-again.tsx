import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, runPath } from "../airflow/api";
import { dagPage, runPage } from "../airflow/navigate";
import type { DagRun } from "../airflow/types";
import { AirflowLink } from "../parts/airflow-link";
import { ErrorMessage, Message } from "../parts/message";
import { type Answer, askAgain, type Surroundings, surroundings } from "./answers";
import { goesOn } from "./overlay";
import type { Asker } from "./pipelines";

const EVERY = 2_000;

/** A button that has a DAG ask which dates are there, and what becomes of that. */
export function AskAgain({
  asker,
  answer,
  onAnswer,
}: {
  asker: Asker;
  answer: Answer | null;
  onAnswer: () => void;
}) {
  const [before, setBefore] = useState<Surroundings | null>(null);
  const [run, setRun] = useState<DagRun | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const now = useQuery({
    queryKey: ["asking", run?.dag_id, run?.dag_run_id],
    queryFn: async ({ signal }) => {
      const made = run as DagRun;
      const found = await get<DagRun>(runPath(made.dag_id, made.dag_run_id), {}, signal);
      if (!goesOn(found)) onAnswer();
      return found;
    },
    enabled: run !== null,
    refetchInterval: (query) => (query.state.data && !goesOn(query.state.data) ? false : EVERY),
  });
  const state = run && (now.data ?? run);
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const ask = () =>
    attempt(async () => {
      setBefore(null);
      setRun(await askAgain(asker, answer));
    });
  const look = () =>
    attempt(async () => {
      setRun(null);
      const found = await surroundings(asker, new AbortController().signal);
      if (found.isPaused || found.otherTasks.length) setBefore(found);
      else setRun(await askAgain(asker, answer));
    });
  return (
    <div className="ask">
      <button type="button" onClick={look} disabled={busy || (state !== null && goesOn(state))}>
        {answer ? "Ask again" : "Ask now"}
      </button>
      {before?.isPaused && (
        <Message>
          The DAG <AirflowLink to={dagPage(asker.dagId)}>{asker.dagId}</AirflowLink> is paused: its run would
          wait. Unpause it with the switch on its page first.
        </Message>
      )}
      {before && !before.isPaused && (
        <div className="message" role="alert">
          A run of {asker.dagId} does more than ask. These tasks run as well: {before.otherTasks.join(", ")}.
          <div className="row">
            <button type="button" className="primary" onClick={ask}>
              Run all of it
            </button>
            <button type="button" onClick={() => setBefore(null)}>
              Do nothing
            </button>
          </div>
        </div>
      )}
      <span className="quiet" aria-live="polite">
        {state && (
          <>
            {goesOn(state) ? "Asking: " : "Asked: "}
            <AirflowLink to={runPage(state.dag_id, state.dag_run_id)}>the run</AirflowLink> is {state.state}
            {state.state === "failed" && "; its log says why"}.
          </>
        )}
      </span>
      {(error ?? now.error) !== null && <ErrorMessage error={error ?? now.error} />}
    </div>
  );
}
