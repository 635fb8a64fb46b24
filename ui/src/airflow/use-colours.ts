import { useSyncExternalStore } from "react";

/** Give the page's colours to what is drawn on a canvas, which knows no variables of CSS. */
export function useColours<Name extends string>(names: readonly Name[]): Record<Name, string> {
  // A new mode draws the component again, which then reads the new colours.
  useSyncExternalStore(watchMode, mode);
  const style = window.getComputedStyle(document.documentElement);
  const colours = {} as Record<Name, string>;
  for (const name of names) colours[name] = style.getPropertyValue(name).trim();
  return colours;
}

function watchMode(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

function mode(): string {
  return document.documentElement.dataset.theme ?? "";
}
