import type { Task } from "./tasks";

/** A record of Airflow's log; an older log's is a line of text. */
export type LogRecord = string | { event: string; timestamp?: string | null; level?: string };

export interface LogLine {
  /** The number by which Airflow's log page knows it. */
  line: number;
  text: string;
  timestamp: string | null;
  level: string | null;
}

/**
 * Find the records of a log that name a Luigi task, by its id or as `Family(name=value, ...)`.
 *
 * Airflow's log page numbers records from 0. Since 3.2 it leaves out those that begin or end a group.
 */
export function linesOf(task: Task, content: readonly LogRecord[], groupsCount: boolean): LogLine[] {
  const lines: LogLine[] = [];
  let line = 0;
  for (const record of content) {
    const text = typeof record === "string" ? record : record.event;
    const isGroup = text.includes("::group::") || text.includes("::endgroup::");
    if (isGroup && !groupsCount) continue;
    if (!isGroup && names(task, text)) {
      const { timestamp = null, level = null } = typeof record === "string" ? {} : record;
      lines.push({ line, text: excerpt(task, text), timestamp, level });
    }
    line += 1;
  }
  return lines;
}

/** Of a record of many lines, as Luigi's summary, those that name the task. */
function excerpt(task: Task, text: string): string {
  const named = text.split("\n").filter((each) => names(task, each));
  return named.length > 0 ? named.join("\n") : text;
}

function names(task: Task, text: string): boolean {
  return (
    occursAlone(text, task.id, (end) => !isWord(text[end])) ||
    occursAlone(text, `${task.family}(`, (end) => paramsEnd(task, text, end))
  );
}

function occursAlone(text: string, part: string, isEnd: (end: number) => boolean): boolean {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    if (!isWord(text[at - 1]) && isEnd(at + part.length)) return true;
  }
  return false;
}

// Luigi leaves out what is not significant; of the others each stands there, in their order.
function paramsEnd(task: Task, text: string, start: number): boolean {
  let at = start;
  for (const [name, value] of task.params) {
    const comma = at > start ? ", " : "";
    const param = `${comma}${name}=${value}`;
    if (text.startsWith(param, at)) at += param.length;
  }
  return text[at] === ")";
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
