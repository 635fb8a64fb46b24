import { useEffect, useRef } from "react";
import type { Filter } from "./filter";
import { isTyping } from "./keys";
import { number } from "./tasks";

export type View = "graph" | "list";
const VIEWS = { graph: "Graph", list: "List" } as const;

/** Search, the filter by family, and the switch between graph and list. */
export function Toolbar({
  filter,
  families,
  matching,
  view,
  onFilter,
  onView,
  onNext,
}: {
  filter: Filter;
  families: [family: string, count: number][];
  /** How many tasks match; null if nothing is filtered. */
  matching: number | null;
  view: View;
  onFilter: (filter: Filter) => void;
  onView: (view: View) => void;
  onNext: () => void;
}) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <div className="row toolbar">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can't be a row of buttons among others */}
      <div className="views" role="group" aria-label="View">
        {(Object.keys(VIEWS) as View[]).map((each) => (
          <button key={each} type="button" aria-pressed={view === each} onClick={() => onView(each)}>
            {VIEWS[each]}
          </button>
        ))}
      </div>
      <input
        ref={search}
        type="search"
        value={filter.search}
        placeholder="Search family, parameter, id"
        aria-label="Search by family, parameter or id"
        aria-keyshortcuts="/"
        title="/ goes here, Enter to the next match"
        onChange={(event) => onFilter({ ...filter, search: event.target.value })}
        onKeyDown={(event) => event.key === "Enter" && onNext()}
      />
      <select
        aria-label="Family"
        value={filter.family}
        onChange={(event) => onFilter({ ...filter, family: event.target.value })}
      >
        <option value="">All families</option>
        {families.map(([family, count]) => (
          <option key={family} value={family}>
            {family} ({number(count)})
          </option>
        ))}
      </select>
      <span role="status" className="quiet">
        {matching !== null && `${number(matching)} ${matching === 1 ? "match" : "matches"}`}
      </span>
    </div>
  );
}
