import { isUnfinished } from "../airflow/types";
import { BROKEN_OFF } from "../luigi/live";
import type { Piece, Reading } from "./readers";
import { number } from "./tasks";

/** Of so many tasks of a run it is said which they are. */
const NAMED = 3;

/** What there is to say of a reading: in place of the graph if nothing was built, else above it. */
export function situationOf(reading: Reading, isRun: boolean): string[] {
  if (!isRun) return reading.pieces.map(sentenceOf).filter((each) => each !== null);
  const sentences: string[] = [];
  if (reading.pieces.length === 0) return ["No task of this run builds with Luigi."];
  const silent = reading.pieces.filter((piece) => piece.build === null);
  if (silent.length > 0) {
    const names = silent.slice(0, NAMED).map(nameOf);
    const more = silent.length > names.length ? ` and ${number(silent.length - names.length)} more` : "";
    sentences.push(`Nothing published yet, or by a version that did not: ${names.join(", ")}${more}.`);
  }
  const told = reading.pieces.flatMap((piece) => {
    const sentence = piece.build && sentenceOf(piece);
    return sentence ? [`${nameOf(piece)}: ${sentence}`] : [];
  });
  sentences.push(...told.slice(0, NAMED));
  if (told.length > NAMED) sentences.push(`The like of ${number(told.length - NAMED)} more tasks.`);
  if (reading.left > 0) {
    sentences.push(`${number(reading.left)} more tasks that build with Luigi are not shown.`);
  }
  return sentences;
}

export function nameOf({ place }: Pick<Piece, "place">): string {
  return place.mapIndex >= 0 ? `${place.taskId} [${place.mapIndex}]` : place.taskId;
}

function sentenceOf({ instance, role, build }: Piece): string | null {
  if (build) {
    const { try_number: published, status, omitted } = build.head;
    if (published < instance.try_number) {
      const over = isUnfinished(instance.state) ? "yet" : "at all";
      const ended = status === null ? ", which ended without a last word" : "";
      return `This is try ${published}${ended}; try ${instance.try_number} has published nothing ${over}.`;
    }
    if (status === null && !isUnfinished(instance.state)) {
      return (
        `Try ${published} ended without a last word: Airflow has it as ${instance.state}, and its process was ` +
        "killed, or lost Airflow. This is what it had published; what it calls running or waiting is not any more."
      );
    }
    if (status === BROKEN_OFF) return "The build was broken off: by a timeout, a kill or an error.";
    if (omitted > 0) return `${number(omitted)} more tasks are too many to be listed.`;
    return null;
  }
  switch (role) {
    case "waits":
      return "This task waits until Luigi finds its task complete. It asks, and builds nothing.";
    case "checks":
      return "This task asks Luigi which dates are complete, and builds nothing. Browse > Luigi has its answer.";
    case "other":
      return "This task does not build with Luigi.";
    default:
      if (
        instance.state === "skipped" ||
        instance.state === "upstream_failed" ||
        instance.state === "removed"
      ) {
        return `Luigi built nothing: Airflow has this task as ${instance.state}.`;
      }
      if (!isUnfinished(instance.state)) {
        return (
          "This task has published nothing of its build: it ended before Luigi began, or ran with a version of " +
          "airflow-provider-luigi that did not publish."
        );
      }
      return instance.state === "running"
        ? "Luigi has published nothing yet."
        : `Luigi has not begun: Airflow has this task as ${instance.state ?? "not scheduled"}.`;
  }
}
