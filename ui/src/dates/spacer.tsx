/** Stands for the rows that aren't drawn. */
export function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td className="spacer" style={{ height }} />
    </tr>
  );
}
