import { type ReactNode, useEffect, useRef } from "react";

/** What was chosen, beside the graph or below it. It takes the focus, and gives it back when it is closed. */
export function SidePanel({
  of,
  title,
  onClose,
  children,
}: {
  /** What it shows: when that changes, its heading is read anew. */
  of: string;
  title: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the heading stays, what it says changes
  useEffect(() => heading.current?.focus(), [of]);
  return (
    <aside className="panel" aria-label="Details">
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" onClick={onClose} aria-label="Close the details" aria-keyshortcuts="Escape">
          ✕
        </button>
      </header>
      {children}
    </aside>
  );
}
