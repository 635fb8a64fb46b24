import type { ReactNode } from "react";

/** A sentence in place of a page, or above one. */
export function Message({ kind = "info", children }: { kind?: "info" | "error"; children: ReactNode }) {
  return (
    <p className={`message ${kind}`} role={kind === "error" ? "alert" : "status"}>
      {children}
    </p>
  );
}

/** What went wrong, in words. */
export function ErrorMessage({ error }: { error: unknown }) {
  return <Message kind="error">{error instanceof Error ? error.message : String(error)}</Message>;
}
