import { describe, expect, it } from "vitest";
import { backfills, RULES, type Rule, remade } from "./backfill-plan";
import type { Slot } from "./slots";

const STATES: Record<string, Slot["state"]> = { ".": null, s: "success", f: "failed", r: "running" };

/** Read a schedule, a letter a day. */
function slots(text: string): Slot[] {
  return [...text.replaceAll("!", ".").toLowerCase()].map((letter, day) => ({
    key: String(day),
    local: `2026-01-${String(day + 1).padStart(2, "0")}T00:00:00`,
    bound: day,
    runId: null,
    state: STATES[letter] ?? null,
  }));
}

/** A capital letter, or "!" for no run, is a date that is wanted. */
function wanted(text: string): Set<string> {
  return new Set([...text].flatMap((letter, day) => (/[A-Z!]/.test(letter) ? [String(day)] : [])));
}

function plan(text: string, reprocess: Rule = "completed") {
  const made = backfills(slots(text), wanted(text), reprocess);
  return made.map(({ rule, slots: each }) => [rule, each.map(({ key }) => Number(key))]);
}

describe("backfills", () => {
  it.each([
    ["sss", []],
    ["!!!", [["failed", [0, 1, 2]]]],
    ["!s!", [["failed", [0, 2]]]], // what has succeeded is left alone
    [
      "!.!",
      [
        ["failed", [0]],
        ["failed", [2]],
      ],
    ], // what has no run would get one
    [
      "!f!",
      [
        ["failed", [0]],
        ["failed", [2]],
      ],
    ],
    [
      "SsS",
      [
        ["completed", [0]],
        ["completed", [2]],
      ],
    ],
    ["SS!F", [["completed", [0, 1, 2, 3]]]],
    ["SrS", [["completed", [0, 2]]]], // what runs is left alone by all
    ["!sF", [["failed", [0, 2]]]],
    ["RsR", []],
  ])("of %s are as long as their rule allows", (schedule, expected) => {
    expect(plan(schedule)).toEqual(expected);
  });

  it("leave more runs alone by a weaker rule", () => {
    expect(plan("!FS!", "none")).toEqual([["none", [0, 3]]]);
    expect(plan("!FS!", "failed")).toEqual([["failed", [0, 1, 3]]]);
  });

  it("make every wanted run once and no other, for every schedule of four days", () => {
    const letters = "!.sSfFrR";
    for (let number = 0; number < letters.length ** 4; number += 1) {
      const text = Array.from({ length: 4 }, (_, at) => letters[Math.floor(number / 8 ** at) % 8]).join("");
      const all = slots(text);
      for (const reprocess of Object.keys(RULES) as Rule[]) {
        const made: string[] = [];
        for (const { slots: each, rule } of backfills(all, wanted(text), reprocess)) {
          const [first, last] = [Number(each[0]?.key), Number(each.at(-1)?.key)];
          // What Airflow does with such a range.
          made.push(
            ...all
              .slice(first, last + 1)
              .filter((slot) => remade(slot, rule))
              .map(({ key }) => key),
          );
        }
        const due = all.filter((slot) => wanted(text).has(slot.key) && remade(slot, reprocess));
        if (made.join() !== due.map(({ key }) => key).join()) expect([text, reprocess, made]).toEqual([]);
      }
    }
  });
});
