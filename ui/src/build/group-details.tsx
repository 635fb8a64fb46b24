import { useMemo, useState } from "react";
import { matcher, NO_FILTER } from "./filter";
import type { Group } from "./grouping";
import { TaskList } from "./task-list";
import { StateCounts } from "./task-node";
import { number, type Task } from "./tasks";

/** The tasks of a group that is too large to be drawn one by one. */
export function GroupDetails({
  group,
  matches,
  onChoose,
}: {
  group: Group;
  /** What the filter of the whole page shows. */
  matches: (task: Task) => boolean;
  onChoose: (id: string) => void;
}) {
  const [search, setSearch] = useState("");
  const found = useMemo(() => {
    const here = matcher({ ...NO_FILTER, search });
    return group.tasks.filter((task) => matches(task) && here(task));
  }, [group, matches, search]);
  return (
    <>
      <p>
        <StateCounts counts={group.counts} />
      </p>
      <input
        type="search"
        value={search}
        placeholder="Search among these"
        aria-label="Search among these tasks"
        onChange={(event) => setSearch(event.target.value)}
      />
      <p className="quiet" role="status">
        {number(found.length)} of {number(group.tasks.length)}
      </p>
      <TaskList tasks={found} label={group.family} onChoose={onChoose} tall />
    </>
  );
}
