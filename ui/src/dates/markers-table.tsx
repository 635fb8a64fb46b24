import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { ErrorMessage, Message } from "../parts/message";
import { Spacer } from "../parts/spacer";
import type { Marker } from "./answer";
import { type Answer, markersOf } from "./answers";
import { many } from "./time-text";

const ROW = 28;
const COLUMNS = ["Database", "Table", "Update id", "Inserted"] as const;

/** The rows of marker tables, as they were when the dates were asked for. */
export function MarkersTable({ answer }: { answer: Answer }) {
  const [filter, setFilter] = useState("");
  const { data, error, isPending } = useQuery({
    queryKey: ["markers", answer.asker, answer.runId, answer.mapIndex, answer.at],
    queryFn: ({ signal }) => markersOf(answer, signal),
  });
  const found = useMemo(() => matching(data?.markers ?? [], filter), [data, filter]);
  if (error) return <ErrorMessage error={error} />;
  if (isPending) return <Message>Loading…</Message>;
  if (data === null) {
    return <Message>No markers were kept with this answer. Ask again: a newer bridge keeps them.</Message>;
  }
  if (!data.markers.length) {
    return (
      <Message>
        No marker of the pipeline was found: nothing is loaded, or its targets are no MarkerTableTargets.
      </Message>
    );
  }
  return (
    <>
      <div className="row tools">
        <label className="row">
          Filter
          <input type="search" value={filter} onChange={(event) => setFilter(event.target.value)} />
        </label>
        <span className="quiet" aria-live="polite">
          {many(found.length, "marker")}
          {data.omitted > 0 && `; ${many(data.omitted, "older one")} left out`}. Times are local to whoever
          wrote them.
        </span>
      </div>
      <MarkerRows markers={found} />
    </>
  );
}

function MarkerRows({ markers }: { markers: readonly Marker[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: markers.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section ref={scroller} className="markers" aria-label="Markers" tabIndex={0}>
      <table aria-rowcount={markers.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={items[0]?.start ?? 0} />
          {items.map((item) => (
            <tr key={item.key} aria-rowindex={item.index + 2}>
              {COLUMNS.map((name, at) => {
                const text = markers[item.index]?.[at] ?? "not known";
                return (
                  <td key={name} title={text}>
                    {text}
                  </td>
                );
              })}
            </tr>
          ))}
          <Spacer height={virtual.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </section>
  );
}

function matching(markers: readonly Marker[], filter: string): readonly Marker[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return markers;
  return markers.filter((marker) => {
    const text = marker.join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
