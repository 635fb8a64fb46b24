import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { durationText } from "../luigi/duration";
import { STATES, TASK_STATES } from "../luigi/states";
import { StateBadge } from "../parts/state-badge";
import type { Group } from "./grouping";
import { type Counts, number, paramsText, type Task } from "./tasks";

export type TaskNodeType = Node<{ task: Task; dimmed: boolean; chosen: boolean }, "task">;
export type GroupNodeType = Node<{ group: Group; matching: number; chosen: boolean }, "group">;

export const TaskNode = memo(({ data: { task, dimmed, chosen } }: NodeProps<TaskNodeType>) => (
  <div className={classes("node", dimmed && "dimmed", chosen && "chosen")} data-state={task.state}>
    <Ends />
    <div className="family">{task.family}</div>
    <div className="params">{paramsText(task)}</div>
    <div className="foot">
      <StateBadge state={task.state} />
      {task.seconds !== null && <span className="quiet">{durationText(task.seconds)}</span>}
    </div>
  </div>
));

export const GroupNode = memo(({ data: { group, matching, chosen } }: NodeProps<GroupNodeType>) => (
  <div className={classes("node", "group", matching === 0 && "dimmed", chosen && "chosen")}>
    <Ends />
    <div className="family">
      {group.family} <span className="times">× {number(group.tasks.length)}</span>
    </div>
    <div className="foot">
      <StateCounts counts={group.counts} />
    </div>
    {matching > 0 && matching < group.tasks.length && (
      <div className="quiet">{number(matching)} of them match</div>
    )}
  </div>
));

/** How many there are in each state, as signs; the words are in the legend, and in the tooltip. */
export function StateCounts({ counts }: { counts: Counts }) {
  return (
    <span className="counts" title={countsText(counts)}>
      {TASK_STATES.filter((state) => counts[state]).map((state) => (
        <span key={state} className="state" data-state={state}>
          <span className="sign" aria-hidden="true">
            {STATES[state].sign}
          </span>
          {number(counts[state] ?? 0)}
          <span className="visually-hidden"> {STATES[state].label}</span>
        </span>
      ))}
    </span>
  );
}

export function countsText(counts: Counts): string {
  return TASK_STATES.filter((state) => counts[state])
    .map((state) => `${number(counts[state] ?? 0)} ${STATES[state].label}`)
    .join(", ");
}

function Ends() {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

function classes(...names: (string | false)[]): string {
  return names.filter(Boolean).join(" ");
}
