import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Matrix, readMatrix } from "./answer";
import { HeatMap } from "./heat-map";
import { NOTHING_KNOWN } from "./overlay";
import { rowsOf } from "./rows";
import { useSelection } from "./use-selection";

const matrix = readMatrix({
  task: "Report",
  date_param: "date",
  asked_at: "2026-11-22T20:00:00+00:00",
  seconds: 0.1,
  totals: { complete: 1, missing: 2, error: 0 },
  codes: { C: "complete", M: "missing", X: "missing_external" },
  families: ["Report", "Raw"],
  dates: ["2026-11-01", "2026-11-02", "2026-11-03"],
  verdicts: "CMM",
  states: ["CC", "MX", "MM"],
  counts: [[1, 1, 3, 4]],
  errors: [],
  omitted: 0,
}) as Matrix;
const rows = rowsOf(matrix, { ...NOTHING_KNOWN, neverAsked: ["2026-11-04"] });

function Selectable() {
  const selecting = useSelection();
  const [active, setActive] = useState(0);
  return (
    <>
      <output>{[...selecting.selection].sort().join()}</output>
      <HeatMap
        matrix={matrix}
        known={NOTHING_KNOWN}
        rows={rows}
        selecting={selecting}
        active={active}
        onActive={setActive}
      />
    </>
  );
}

const selected = () => screen.getByRole("status").textContent;
const active = () =>
  document.getElementById(screen.getByRole("grid").getAttribute("aria-activedescendant") ?? "")?.ariaLabel;

describe("HeatMap", () => {
  beforeEach(() => {
    // Nothing is laid out in jsdom, and rows that can't be seen aren't drawn.
    vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400);
    vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
    Element.prototype.scrollTo = () => undefined;
    render(<Selectable />);
  });

  afterEach(cleanup);

  it("names each cell", () => {
    expect(screen.getByRole("rowheader", { name: "2026-11-02: missing" })).toBeVisible();
    const cell = screen.getByRole("cell", { name: "Raw, 2026-11-02: missing external, 3/4 done" });
    expect(cell).toHaveTextContent("?missing external 3/4");
    expect(screen.getByRole("cell", { name: "Raw, 2026-11-04: never asked" })).toBeVisible();
    expect(screen.getAllByRole("row")).toHaveLength(5);
  });

  it("is walked through with the arrow keys", async () => {
    const user = userEvent.setup();
    await user.tab();
    expect(screen.getByRole("grid")).toHaveFocus();
    expect(active()).toBe("2026-11-01: complete");
    await user.keyboard("{ArrowDown}{ArrowRight}{ArrowRight}");
    expect(active()).toBe("Report, 2026-11-02: missing");
    await user.keyboard("{Control>}{End}{/Control}");
    expect(active()).toBe("Raw, 2026-11-04: never asked");
  });

  it("selects with Space, and a range with Shift", async () => {
    const user = userEvent.setup();
    await user.tab();
    await user.keyboard(" ");
    expect(selected()).toBe("0");
    expect(screen.getAllByRole("row", { selected: true })).toHaveLength(1);
    await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");
    expect(selected()).toBe("0,1,2");
    await user.keyboard(" ");
    expect(selected()).toBe("0,1");
    // A date that nobody has asked for can't be selected.
    await user.keyboard("{ArrowDown} ");
    expect(selected()).toBe("0,1");
  });

  it("selects by the mouse: a date, and all up to another with Shift", () => {
    fireEvent.click(screen.getByRole("rowheader", { name: /2026-11-03/ }));
    expect(selected()).toBe("2");
    fireEvent.click(screen.getByRole("cell", { name: /Raw, 2026-11-02/ }));
    expect(selected()).toBe("2");
    fireEvent.click(screen.getByRole("rowheader", { name: /2026-11-01/ }), { shiftKey: true });
    expect(selected()).toBe("0,1,2");
  });
});
