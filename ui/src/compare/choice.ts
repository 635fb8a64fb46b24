import { useState } from "react";
import { replaceSearch } from "../airflow/navigate";
import type { Step } from "./rows";

/** What the page compares, as its address says it. */
export interface Choice {
  dagIds: string[];
  step: Step;
  /** Only the dates that all of them have. */
  common: boolean;
}

export function choiceOf(search: string): Choice {
  const query = new URLSearchParams(search);
  return {
    dagIds: [...new Set(query.getAll("dag_id").filter(Boolean))],
    step: query.get("step") === "hour" ? "hour" : "day",
    common: query.get("common") === "1",
  };
}

export function searchOf({ dagIds, step, common }: Choice): string {
  const query = new URLSearchParams(dagIds.map((dagId) => ["dag_id", dagId]));
  if (step !== "day") query.set("step", step);
  if (common) query.set("common", "1");
  const text = query.toString();
  return text && `?${text}`;
}

/** The choice, kept in the page's address. */
export function useChoice(): [Choice, (change: Partial<Choice>) => void] {
  const [choice, setChoice] = useState(() => choiceOf(window.location.search));
  const change = (changed: Partial<Choice>) => {
    const next = { ...choice, ...changed };
    setChoice(next);
    replaceSearch(searchOf(next));
  };
  return [choice, change];
}
