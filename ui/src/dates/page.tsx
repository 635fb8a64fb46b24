import { PageFrame } from "../parts/page-frame";

export default function DatesPage() {
  return <PageFrame page="dates">Dates</PageFrame>;
}
