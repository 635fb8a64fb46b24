import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { get } from "../airflow/api";
import type { Dag } from "../airflow/types";
import { ErrorMessage } from "../parts/message";

const OFFERED = 50;

/** Choose DAGs by their ids; those that contain what is typed are offered. */
export function DagPicker({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (dagIds: string[]) => void;
}) {
  const [text, setText] = useState("");
  const id = useId();
  const wanted = text.trim();
  const found = useQuery({
    queryKey: ["compare", "dags", wanted],
    queryFn: ({ signal }) =>
      get<{ dags: Dag[] }>(
        "dags",
        { limit: OFFERED, order_by: "dag_id", dag_id_pattern: wanted ? `%${wanted}%` : undefined },
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  return (
    <>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (!wanted) return;
          if (!chosen.includes(wanted)) onChange([...chosen, wanted]);
          setText("");
        }}
      >
        <label htmlFor={`${id}-dag`}>DAG</label>
        <input
          id={`${id}-dag`}
          list={`${id}-dags`}
          value={text}
          size={32}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
        <datalist id={`${id}-dags`}>
          {found.data?.dags
            .filter((dag) => !chosen.includes(dag.dag_id))
            .map((dag) => (
              <option key={dag.dag_id} value={dag.dag_id} />
            ))}
        </datalist>
        <button type="submit" disabled={!wanted}>
          Add
        </button>
      </form>
      {found.error && <ErrorMessage error={found.error} />}
      {chosen.length > 0 && (
        <ul className="chosen row" aria-label="DAGs that are compared">
          {chosen.map((dagId) => (
            <li key={dagId}>
              <span>{dagId}</span>
              <button
                type="button"
                aria-label={`Remove ${dagId}`}
                onClick={() => onChange(chosen.filter((each) => each !== dagId))}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
