import { runPage } from "../airflow/navigate";
import { AirflowLink } from "../parts/airflow-link";
import { cell, type Matrix } from "./answer";
import { CellBadge } from "./cell-badge";
import type { Overlay } from "./overlay";
import { cellState, countText, type Row } from "./rows";
import type { Selecting } from "./use-selection";

/** One date: what each family is, and why. */
export function DatePanel({
  matrix,
  known,
  row,
  selecting,
}: {
  matrix: Matrix;
  known: Overlay;
  row: Row | undefined;
  selecting: Selecting;
}) {
  if (!row) return null;
  const { date } = row;
  const run = date === null ? undefined : known.runs.get(date);
  return (
    <section className="date-panel" aria-label="The date" aria-live="polite">
      <h2>
        {row.text} <CellBadge state={row.verdict} />
      </h2>
      {date === null ? (
        <p>A run of the DAG stands for this date. Nobody has asked whether it is there.</p>
      ) : (
        <>
          <p>
            {run ? (
              <>
                Airflow run: {run.state},{" "}
                <AirflowLink to={runPage(run.dag_id, run.dag_run_id)}>{run.dag_run_id}</AirflowLink>
              </>
            ) : (
              "No run of the DAG is known for this date."
            )}
          </p>
          <label className="row">
            <input
              type="checkbox"
              checked={selecting.selection.has(date)}
              onChange={() => selecting.toggle(date)}
            />
            Selected
          </label>
          <table>
            <thead>
              <tr>
                <th>Family</th>
                <th>State</th>
                <th className="number">Done</th>
              </tr>
            </thead>
            <tbody>
              {matrix.families.map((family, number) => {
                const error = matrix.errors.get(cell(date, number));
                return (
                  <tr key={family}>
                    <td>
                      {family}
                      {error && <p className="cell-error">{error}</p>}
                    </td>
                    <td>
                      <CellBadge state={cellState(matrix, known, date, number)} />
                    </td>
                    <td className="number">{countText(matrix, date, number) ?? ""}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
