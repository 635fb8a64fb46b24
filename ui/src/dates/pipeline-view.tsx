import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Note, NotedTask } from "../luigi/notes";
import { ErrorMessage, Message } from "../parts/message";
import { AnswerBar } from "./answer-bar";
import { AnswerView, type ViewOptions } from "./answer-view";
import { type Answer, lastAnswers } from "./answers";
import { AskAgain } from "./ask-again";
import { BackfillDialog } from "./backfill-dialog";
import { BackfillProgress } from "./backfill-progress";
import { NoAsker } from "./no-answer";
import type { Asker } from "./pipelines";
import { useBackfill } from "./use-backfill";
import { useRuns } from "./use-runs";

/** A Luigi task that a DAG builds: which of its dates are there. */
export function PipelineView({
  dagId,
  built: { note },
  askers,
  searching,
  onBusy,
}: {
  dagId: string;
  built: NotedTask;
  askers: readonly Asker[];
  /** Whether there may be more askers. */
  searching: boolean;
  /** Is told when a backfill is followed, and when that is over. */
  onBusy: (busy: boolean) => void;
}) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [options, setOptions] = useState<ViewOptions>({ view: "map", newestFirst: true });
  const [planned, setPlanned] = useState<number[] | null>(null);
  const [watched, setWatched] = useState(false);
  const { runs, error: runsError, refresh } = useRuns(dagId, watched);
  const busy = (now: boolean) => {
    setWatched(now);
    onBusy(now);
  };
  const backfill = useBackfill(refresh, busy);
  const answers = useQuery({
    queryKey: ["answers", askers],
    queryFn: ({ signal }) => lastAnswers(askers, signal),
    placeholderData: (before) => before,
    enabled: askers.length > 0,
  });
  if (!askers.length && note.run_date_param === null) {
    return <Message>{undated(dagId, note)}</Message>;
  }
  if (!askers.length) return <NoAsker task={note.task} searching={searching} />;
  if (answers.error) return <ErrorMessage error={answers.error} />;
  if (!answers.data) return <Message>Loading…</Message>;
  const asker =
    askers.find((each) => name(each) === chosen) ?? answers.data[0]?.asker ?? (askers[0] as Asker);
  const answer = answers.data.find((each) => name(each.asker) === name(asker)) ?? null;
  const again = <AskAgain key={name(asker)} asker={asker} answer={answer} onAnswer={answers.refetch} />;
  const { following } = backfill;
  // Of other dates than the runs' own, no run of the DAG says anything.
  const ofRuns = answer?.matrix?.dateParam === note.run_date_param;
  return (
    <>
      {answer && <AnswerBar answer={answer} />}
      {!answer && (
        <Message>
          {name(asker)} asks for the dates of {note.task}, and has not given an answer yet.
        </Message>
      )}
      <div className="row">
        {again}
        {askers.length > 1 && (
          <label className="row">
            Answer of
            <select value={name(asker)} onChange={(event) => setChosen(event.target.value)}>
              {askers.map((each) => (
                <option key={name(each)}>{name(each)}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      {following && (
        <BackfillProgress following={following} onStop={backfill.stop} onDismiss={backfill.dismiss}>
          <AskAgain
            asker={asker}
            answer={answer}
            onAnswer={() => {
              void answers.refetch();
              backfill.dismiss();
            }}
          />
        </BackfillProgress>
      )}
      {runsError && <ErrorMessage error={runsError} />}
      {answer && !answer.matrix && (
        <Message kind="error">
          This answer is of another version of the bridge, and can't be read. Ask again.
        </Message>
      )}
      {answer?.matrix && !ofRuns && (
        <Message>
          {undated(dagId, note)} The dates below are of “{answer.matrix.dateParam}”.
        </Message>
      )}
      {answer?.matrix && (
        <AnswerView
          key={key(answer)}
          answer={answer}
          matrix={answer.matrix}
          runs={ofRuns ? runs : undefined}
          zone={note.timezone ?? "UTC"}
          options={options}
          onOptions={setOptions}
          canBackfill={ofRuns && (!following || following.over)}
          onBackfill={setPlanned}
        />
      )}
      {answer?.matrix && planned && (
        <BackfillDialog
          dagId={dagId}
          zone={note.timezone}
          matrix={answer.matrix}
          selected={planned}
          onStart={backfill.start}
          onClose={() => setPlanned(null)}
        />
      )}
    </>
  );
}

function undated(dagId: string, { task, run_date_param: parameter }: Note): string {
  return parameter === null
    ? `Runs of ${dagId} give ${task} no date: its operator has no run_date_param.`
    : `Runs of ${dagId} give ${task} their date as “${parameter}”.`;
}

function name({ dagId, taskId }: Asker): string {
  return `${dagId} / ${taskId}`;
}

function key(answer: Answer): string {
  return [name(answer.asker), answer.runId, answer.mapIndex, answer.at].join(" ");
}
