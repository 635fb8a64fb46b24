import { dagPage } from "../airflow/navigate";
import { durationText } from "../luigi/duration";
import { AirflowLink } from "../parts/airflow-link";
import { Scrolled } from "../parts/scrolled";
import type { Totals } from "./figures";

/** The sums over each DAG's runs. */
export function TotalsTable({
  totals,
}: {
  totals: readonly { dagId: string; luigi: boolean; sums: Totals }[];
}) {
  return (
    <Scrolled label="Totals">
      <table className="totals">
        <caption className="visually-hidden">Totals of the last run of each date</caption>
        <thead>
          <tr>
            <th scope="col">DAG</th>
            <th scope="col" className="number">
              Dates
            </th>
            <th scope="col" className="number">
              Failed runs
            </th>
            <th scope="col" className="number">
              Total duration
            </th>
            <th scope="col" className="number">
              Median duration
            </th>
            <th scope="col" className="number">
              Tasks run
            </th>
            <th scope="col" className="number">
              Found complete
            </th>
            <th scope="col" className="number">
              Airflow task instances
            </th>
            <th scope="col" className="number">
              With more than one try
            </th>
          </tr>
        </thead>
        <tbody>
          {totals.map(({ dagId, luigi, sums }) => (
            <tr key={dagId}>
              <th scope="row">
                <AirflowLink to={dagPage(dagId)}>{dagId}</AirflowLink>
              </th>
              <td className="number">{sums.runs}</td>
              <td className="number">{sums.failed}</td>
              <td className="number">{durationText(sums.seconds)}</td>
              <td className="number">{sums.median === null ? "–" : durationText(sums.median)}</td>
              <td className="number">
                {sums.ran} <span className="quiet">{luigi ? "(Luigi)" : "(Airflow)"}</span>
              </td>
              <td className="number">{sums.complete ?? "–"}</td>
              <td className="number">{sums.instances}</td>
              <td className="number">{sums.triedAgain}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}
