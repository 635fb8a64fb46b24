import { ApiError } from "../airflow/api";
import { isUnfinished } from "../airflow/types";

const SOON = 2_000;
const LATER = 10_000;
const ACTIVE = new Set(["scheduled", "queued", "running", "restarting"]);

/**
 * Say in how many milliseconds to ask again, or false: not any more.
 *
 * What an Airflow task publishes last, it publishes before it is over: what was read after Airflow said that it
 * is over is the last word.
 *
 * @param states of the Airflow tasks, as they were before their builds were read; null if nothing was read.
 */
export function pollAfter(states: readonly (string | null)[] | null, error: unknown): number | false {
  if (states === null) return error && !isRefused(error) ? LATER : false;
  if (!states.some(isUnfinished)) return false;
  if (error) return LATER;
  return states.some((state) => state !== null && ACTIVE.has(state)) ? SOON : LATER;
}

function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500;
}
