import type { ReactNode } from "react";
import { openInAirflow } from "../airflow/navigate";

/** A link to another page of Airflow. */
export function AirflowLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <a
      href={to}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        openInAirflow(to);
      }}
    >
      {children}
    </a>
  );
}
