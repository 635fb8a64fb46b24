import { expect, test } from "vitest";
import { inParallel } from "./in-parallel";

test("each item is worked on once, and no more than so many at once", async () => {
  let now = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    done.push(item);
    now -= 1;
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("each result is at its item's place, however long it took", async () => {
  const results = await inParallel(2, [5, 1, 4, 0], async (turns) => {
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    return turns * 2;
  });
  expect(results).toEqual([10, 2, 8, 0]);
});
