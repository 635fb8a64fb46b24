import {
  CategoryScale,
  Chart,
  type ChartData,
  type ChartOptions,
  Legend,
  LinearScale,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";
import { Line } from "react-chartjs-2";
import type { DagRun } from "../airflow/types";
import { useColours } from "../airflow/use-colours";
import { durationText } from "../luigi/duration";
import { isOver, runSeconds } from "./figures";
import type { Row } from "./rows";

Chart.register(CategoryScale, LinearScale, PointElement, LineElement, Tooltip, Legend);

/** A DAG's line differs from the others in its dashes and its points as well as in its colour. */
const LINES = [
  { colour: "--line-1", dash: [], point: "circle" },
  { colour: "--line-2", dash: [8, 4], point: "rect" },
  { colour: "--line-3", dash: [2, 3], point: "triangle" },
  { colour: "--line-4", dash: [10, 3, 2, 3], point: "rectRot" },
  { colour: "--line-5", dash: [4, 4], point: "crossRot" },
  { colour: "--line-6", dash: [14, 4], point: "star" },
] as const;

const COLOURS = [...LINES.map(({ colour }) => colour), "--text", "--line"] as const;

/** How long the last run of each date took; the table has the same figures as text. */
export function DurationChart({ rows, dagIds }: { rows: readonly Row[]; dagIds: readonly string[] }) {
  const colours = useColours(COLOURS);
  const dates = [...rows].reverse();
  const ended = (row: Row, dagId: string): DagRun | null => {
    const run = row.runs.get(dagId)?.run;
    return run && isOver(run) ? run : null;
  };
  const data: ChartData<"line", (number | null)[], string> = {
    labels: dates.map((row) => row.date),
    datasets: dagIds.map((dagId, at) => {
      const line = LINES[at % LINES.length] as (typeof LINES)[number];
      const colour = colours[line.colour];
      return {
        label: dagId,
        data: dates.map((row) => {
          const run = ended(row, dagId);
          return run && runSeconds(run, 0);
        }),
        borderColor: colour,
        backgroundColor: colour,
        borderDash: [...line.dash],
        borderWidth: 2,
        pointStyle: line.point,
        pointRadius: 5,
        pointHoverRadius: 7,
      };
    }),
  };
  const options: ChartOptions<"line"> = {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    color: colours["--text"],
    scales: {
      x: { ticks: { color: colours["--text"] }, grid: { color: colours["--line"] } },
      y: {
        beginAtZero: true,
        title: { display: true, text: "duration", color: colours["--text"] },
        ticks: { color: colours["--text"], callback: (value) => durationText(Number(value)) },
        grid: { color: colours["--line"] },
      },
    },
    plugins: {
      legend: { labels: { usePointStyle: true, color: colours["--text"] } },
      tooltip: {
        callbacks: {
          label: ({ dataset, dataIndex, raw }) => {
            const run = ended(dates[dataIndex] as Row, dataset.label ?? "");
            return `${dataset.label}: ${durationText(Number(raw))}, ${run?.state}`;
          },
        },
      },
    },
  };
  return (
    <div className="chart">
      <Line
        data={data}
        options={options}
        role="img"
        aria-label="Duration of the last run of each date, a line for each DAG. The table of runs by date has the same figures."
      />
    </div>
  );
}
