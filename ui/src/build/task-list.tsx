import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { StateBadge } from "../parts/state-badge";
import { paramsText, type Task } from "./tasks";

const ROW = 30;

/** Tasks as buttons that open them, however many there are. */
export function TaskList({
  tasks,
  label,
  onChoose,
  tall = false,
}: {
  tasks: Task[];
  label: string;
  onChoose: (id: string) => void;
  tall?: boolean;
}) {
  const area = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => area.current,
    estimateSize: () => ROW,
    overscan: 8,
    initialRect: { width: 300, height: 210 },
  });
  return (
    <div className={tall ? "task-list tall" : "task-list"} ref={area}>
      <ul aria-label={label} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const task = tasks[index] as Task;
          return (
            <li
              key={task.id}
              aria-setsize={tasks.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <button type="button" className="plain" onClick={() => onChoose(task.id)}>
                <StateBadge state={task.state} />
                <span className="text">
                  {task.family} <span className="quiet">{paramsText(task)}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
