import { expect, test } from "vitest";
import { neighbourOf } from "./neighbour";
import { labelPoint, roundedPath } from "./path";

const positions = new Map([
  ["a", { x: 0, y: 0 }],
  ["b", { x: 0, y: 100 }],
  ["c", { x: 300, y: 90 }],
  ["d", { x: 0, y: 300 }],
]);
const edges = ["a", "b"].map((source) => ({ id: source, source, target: "c", count: 1 }));

test("arrow keys follow edges to the sides, and a column up and down", () => {
  expect(neighbourOf("a", "ArrowRight", edges, positions)).toBe("c");
  expect(neighbourOf("c", "ArrowLeft", edges, positions)).toBe("b");
  expect(neighbourOf("a", "ArrowDown", edges, positions)).toBe("b");
  expect(neighbourOf("d", "ArrowUp", edges, positions)).toBe("b");
  expect(neighbourOf("a", "ArrowLeft", edges, positions)).toBeNull();
  expect(neighbourOf("d", "ArrowRight", edges, positions)).toBeNull();
  expect(neighbourOf("c", "ArrowUp", edges, positions)).toBeNull();
  expect(neighbourOf("gone", "ArrowUp", edges, positions)).toBeNull();
});

test("an edge goes through its points with round corners", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 20, y: 0 },
    { x: 20, y: 40 },
  ];
  expect(roundedPath(points)).toBe("M0,0L14,0Q20,0 20,6L20,40");
  expect(roundedPath([])).toBe("");
  expect(labelPoint(points, true)).toEqual({ x: 10, y: 0 });
  expect(labelPoint(points, false)).toEqual({ x: 20, y: 20 });
});
