import type { ReactNode } from "react";
import { taskPage } from "../airflow/navigate";
import { durationText } from "../luigi/duration";
import { AirflowLink } from "../parts/airflow-link";
import { StateBadge } from "../parts/state-badge";
import { explain } from "./explain";
import { LogSection } from "./log-section";
import { nameOf } from "./situation";
import { TaskList } from "./task-list";
import { isDone, number, type Task, type Tasks } from "./tasks";
import { momentText } from "./time";

/** All that is known of a Luigi task. What a pipeline wrote is text here, whatever is in it. */
export function TaskDetails({
  tasks,
  task,
  several,
  onChoose,
}: {
  tasks: Tasks;
  task: Task;
  /** Whether builds of several Airflow tasks are shown. */
  several: boolean;
  onChoose: (id: string) => void;
}) {
  const why = explain(tasks, task);
  const known = (ids: string[]) => ids.map((id) => tasks.get(id)).filter((each) => each !== undefined);
  const requires = known(task.requires);
  const requiredBy = known(task.requiredBy);
  return (
    <>
      <p>
        <StateBadge state={task.state} />
      </p>
      {why && (
        <>
          <p>{why.text}</p>
          {why.tasks.length > 0 && <TaskList tasks={why.tasks} label={why.text} onChoose={onChoose} />}
        </>
      )}
      {task.error !== null && (
        <Section title={errorTitle(task)}>
          <p className="error-line">{task.error}</p>
          {task.detail && task.detail !== task.error && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
            <pre tabIndex={0}>{task.detail}</pre>
          )}
        </Section>
      )}
      <dl>
        {task.params.map(([name, value]) => (
          <Fact key={name} name={name}>
            <code>{value}</code>
          </Fact>
        ))}
      </dl>
      <dl>
        {task.started !== null && <Fact name="Began">{momentText(task.started)}</Fact>}
        {task.seconds !== null && <Fact name="Took">{durationText(task.seconds)}</Fact>}
        {task.runs > 0 && <Fact name="Runs">{number(task.runs)}</Fact>}
        <Fact name="Class">
          <code>{task.taskClass}</code>
        </Fact>
        <Fact name="Id">
          <code>{task.id}</code>
        </Fact>
      </dl>
      {task.outputs.length > 0 && (
        <Section title={task.state === "already_complete" ? "Outputs, found complete" : "Outputs"}>
          <ul className="outputs">
            {task.outputs.map((output) => (
              <li key={output}>
                <code>{output}</code>
              </li>
            ))}
            {task.moreOutputs > 0 && <li className="quiet">and {number(task.moreOutputs)} more</li>}
          </ul>
        </Section>
      )}
      <Section title={`Requires ${number(requires.length)}`}>
        {requires.length > 0 && <TaskList tasks={requires} label="Requires" onChoose={onChoose} />}
      </Section>
      <Section title={`Required by ${number(requiredBy.length)}`}>
        {requiredBy.length > 0 && <TaskList tasks={requiredBy} label="Required by" onChoose={onChoose} />}
      </Section>
      {several && (
        <Section title="In Airflow">
          <ul className="parts">
            {task.parts.map(({ place, state, tryNumber }) => (
              <li key={`${place.taskId} ${place.mapIndex}`}>
                <StateBadge state={state} />{" "}
                <AirflowLink to={taskPage(place.dagId, place.runId, place.taskId, place.mapIndex)}>
                  {nameOf({ place })}
                </AirflowLink>
                , try {tryNumber}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Log">
        <LogSection key={task.id} task={task} several={several} />
      </Section>
    </>
  );
}

function errorTitle({ state }: Task): string {
  if (isDone(state)) return "Error of an earlier run";
  return state === "failed" ? "Error" : "What is wrong";
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
