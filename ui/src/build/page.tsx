export default function BuildPage(_: {
  dagId: string;
  runId: string;
  taskId: string | null;
  mapIndex: number;
}) {
  return <h1>Build</h1>;
}
