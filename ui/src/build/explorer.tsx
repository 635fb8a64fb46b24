import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { familiesOf, isFiltering, matcher, NO_FILTER } from "./filter";
import { GraphView } from "./graph-view";
import { GroupDetails } from "./group-details";
import { type GraphNode, type Group, groupNodeId, groupTasks, opensInPlace } from "./grouping";
import { Legend } from "./legend";
import { ListView } from "./list-view";
import { SidePanel } from "./side-panel";
import { TaskDetails } from "./task-details";
import { type Counts, number, type Tasks } from "./tasks";
import { Toolbar, type View } from "./toolbar";

type Chosen = { task: string } | { group: string } | null;

/** The tasks of a build as a graph or as a list, with search, filters and details. */
export function Explorer({ tasks, counts, several }: { tasks: Tasks; counts: Counts; several: boolean }) {
  const [view, setView] = useState<View>("graph");
  const [filter, setFilter] = useState(NO_FILTER);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<Chosen>(null);

  const applied = useDeferredValue(filter);
  const matches = useMemo(() => matcher(applied), [applied]);
  const families = useMemo(() => familiesOf(tasks.values()), [tasks]);
  const matching = useMemo(() => [...tasks.values()].filter(matches), [tasks, matches]);
  const graph = useMemo(() => groupTasks(tasks, opened), [tasks, opened]);

  const task = chosen && "task" in chosen ? tasks.get(chosen.task) : undefined;
  const group = chosen && "group" in chosen ? graph.groups.get(chosen.group) : undefined;
  const chooseTask = useCallback((id: string) => setChosen({ task: id }), []);
  const close = () => setChosen(null);

  const onChoose = (node: GraphNode) => {
    if ("task" in node) chooseTask(node.task.id);
    else if (!opensInPlace(node.group)) setChosen({ group: node.group.key });
    else setOpened(new Set([...opened, node.group.key]));
  };
  const onClose = ({ key }: Group) => setOpened(new Set([...opened].filter((each) => each !== key)));
  const onNext = () => {
    // What is drawn may be of the letters before the last ones.
    const found = [...tasks.values()].filter(matcher(filter));
    const next = found[(task ? found.indexOf(task) + 1 : 0) % found.length];
    if (next) chooseTask(next.id);
  };
  const siblings = task && !opened.has(graph.groupOf.get(task.id)?.key ?? "") && graph.groupOf.get(task.id);
  const openGroups = [...opened].flatMap((key) => graph.groups.get(key) ?? []);
  const chosenNode = task ? graph.nodeOf.get(task.id) : group && groupNodeId(group);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the details wherever the focus is
    <div className="explorer" onKeyDown={(event) => event.key === "Escape" && close()}>
      <Legend
        counts={counts}
        chosen={filter.states}
        onChange={(states) => setFilter({ ...filter, states })}
      />
      <Toolbar
        filter={filter}
        families={families}
        matching={isFiltering(filter) ? matching.length : null}
        view={view}
        onFilter={setFilter}
        onView={setView}
        onNext={onNext}
      />
      <div className="body">
        {view === "graph" ? (
          <GraphView
            graph={graph}
            matches={matches}
            chosen={chosenNode ?? null}
            opened={openGroups}
            onChoose={onChoose}
            onClose={onClose}
          />
        ) : (
          <ListView tasks={matching} chosen={task?.id ?? null} onChoose={chooseTask} />
        )}
        {task && (
          <SidePanel of={task.id} title={task.family} onClose={close}>
            {siblings && (
              <button type="button" onClick={() => setChosen({ group: siblings.key })}>
                All {number(siblings.tasks.length)} of {siblings.family}
              </button>
            )}
            <TaskDetails tasks={tasks} task={task} several={several} onChoose={chooseTask} />
          </SidePanel>
        )}
        {group && (
          <SidePanel of={group.key} title={`${group.family} × ${number(group.tasks.length)}`} onClose={close}>
            <GroupDetails group={group} matches={matches} onChoose={chooseTask} />
          </SidePanel>
        )}
      </div>
    </div>
  );
}
