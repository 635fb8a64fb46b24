import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { durationText } from "../luigi/duration";
import { TASK_STATES } from "../luigi/states";
import { Spacer } from "../parts/spacer";
import { StateBadge } from "../parts/state-badge";
import { SORTS, type Sort, type SortKey, sortTasks } from "./filter";
import { number, paramsText, type Task } from "./tasks";
import { momentText } from "./time";

const ROW = 34;

/** All tasks in a table, of which only the rows in view are in the document. */
export function ListView({
  tasks,
  chosen,
  onChoose,
}: {
  tasks: Task[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  const [sort, setSort] = useState<Sort>({ key: "state", descending: false });
  const sorted = useMemo(() => sortTasks(tasks, sort, TASK_STATES), [tasks, sort]);
  const area = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => area.current,
    estimateSize: () => ROW,
    overscan: 12,
    initialRect: { width: 800, height: 600 },
  });
  const visible = rows.getVirtualItems();
  const above = visible[0]?.start ?? 0;
  const below = rows.getTotalSize() - (visible.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="list" ref={area} aria-label="List of Luigi tasks" tabIndex={0}>
      <table aria-rowcount={sorted.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {(Object.keys(SORTS) as SortKey[]).map((key) => (
              <th key={key} aria-sort={ariaSort(sort, key)}>
                <button
                  type="button"
                  onClick={() => setSort({ key, descending: sort.key === key && !sort.descending })}
                >
                  {SORTS[key]}
                  <span aria-hidden="true">{sort.key !== key ? "" : sort.descending ? " ↓" : " ↑"}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} />
          {visible.map(({ index }) => {
            const task = sorted[index] as Task;
            return (
              <tr
                key={task.id}
                aria-rowindex={index + 2}
                className={task.id === chosen ? "chosen" : ""}
                onClick={() => onChoose(task.id)}
              >
                <td>
                  <StateBadge state={task.state} />
                </td>
                <td>
                  <button type="button" className="plain" title={task.family}>
                    {task.family}
                  </button>
                </td>
                <td title={paramsText(task)}>{paramsText(task)}</td>
                <td>{task.started !== null && momentText(task.started)}</td>
                <td className="number">{task.seconds !== null && durationText(task.seconds)}</td>
              </tr>
            );
          })}
          <Spacer height={below} />
        </tbody>
      </table>
      {sorted.length === 0 && <p className="quiet">No task matches.</p>}
      <p className="visually-hidden" role="status">
        {number(sorted.length)} tasks
      </p>
    </section>
  );
}

function ariaSort(sort: Sort, key: SortKey): "ascending" | "descending" | undefined {
  if (sort.key !== key) return undefined;
  return sort.descending ? "descending" : "ascending";
}
