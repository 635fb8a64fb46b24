/**
 * What is chosen on the page, in its address: so it can be linked to and reloaded. The page is in a frame, whose
 * address nobody sees: Airflow's page around it gets the same, and is asked where the frame's has nothing.
 */

import { parentPage } from "../airflow/theme";

/** Read a choice. */
export function readChoice(name: string): string | null {
  const [own, outer] = views().map((view) => new URLSearchParams(view.location.search).get(name));
  return own ?? outer ?? null;
}

/** Write a choice; null takes it away. */
export function writeChoice(name: string, value: string | null): void {
  for (const view of views()) {
    const address = new URL(view.location.href);
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
    view.history.replaceState(view.history.state, "", address);
  }
}

function views(): Window[] {
  const outer = parentPage()?.defaultView;
  return outer ? [window, outer] : [window];
}
