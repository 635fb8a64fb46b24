import { PageFrame } from "../parts/page-frame";

export default function ComparePage() {
  return <PageFrame page="compare">Side by side</PageFrame>;
}
