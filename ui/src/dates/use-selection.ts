import { useMemo, useRef, useState } from "react";
import { extend, NONE, type Selection, toggle } from "./selection";

export interface Selecting {
  selection: Selection;
  set: (selection: Selection) => void;
  toggle: (date: number) => void;
  /** Select all from where the selection began, or else from `begin`. */
  extendTo: (date: number, begin: number) => void;
}

/** Which dates are selected, and from where a range is. */
export function useSelection(): Selecting {
  const [selection, setSelection] = useState(NONE);
  const anchor = useRef<number | null>(null);
  return useMemo(
    () => ({
      selection,
      set: (changed) => {
        anchor.current = null;
        setSelection(changed);
      },
      toggle: (date) => {
        anchor.current = date;
        setSelection((now) => toggle(now, date));
      },
      extendTo: (date, begin) => {
        anchor.current ??= begin;
        const from = anchor.current;
        setSelection((now) => extend(now, from, date));
      },
    }),
    [selection],
  );
}
