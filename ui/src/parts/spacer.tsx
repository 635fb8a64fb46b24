/** Stands for the rows that aren't drawn. */
export function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr aria-hidden="true">
      <td className="spacer" style={{ height }} />
    </tr>
  );
}
