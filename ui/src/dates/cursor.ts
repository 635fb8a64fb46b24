/** Where the arrow keys lead in a grid. */

export interface Cursor {
  row: number;
  column: number;
}

/**
 * Give where a key leads, or null if it leads nowhere in particular.
 *
 * @param size of the grid; `page` is how many rows are seen at once.
 */
export function moved(
  key: { key: string; ctrlKey: boolean; metaKey: boolean },
  { row, column }: Cursor,
  size: { rows: number; columns: number; page: number },
): Cursor | null {
  const far = key.ctrlKey || key.metaKey;
  const within = (to: Cursor): Cursor => ({
    row: Math.max(0, Math.min(size.rows - 1, to.row)),
    column: Math.max(0, Math.min(size.columns - 1, to.column)),
  });
  switch (key.key) {
    case "ArrowDown":
      return within({ row: far ? size.rows : row + 1, column });
    case "ArrowUp":
      return within({ row: far ? 0 : row - 1, column });
    case "ArrowRight":
      return within({ row, column: far ? size.columns : column + 1 });
    case "ArrowLeft":
      return within({ row, column: far ? 0 : column - 1 });
    case "PageDown":
      return within({ row: row + size.page, column });
    case "PageUp":
      return within({ row: row - size.page, column });
    case "Home":
      return within({ row: far ? 0 : row, column: 0 });
    case "End":
      return within({ row: far ? size.rows : row, column: size.columns });
    default:
      return null;
  }
}
