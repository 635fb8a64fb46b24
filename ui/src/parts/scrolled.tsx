import type { ReactNode } from "react";

/** What is wider than a narrow window scrolls in itself, also by keyboard. */
export function Scrolled({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="scrolled" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
