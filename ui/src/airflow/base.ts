/** The pages are served at `<Airflow's base URL>/luigi/<page>`. */
const PREFIX = "/luigi/";

/** Split the address of a page into Airflow's base path, which ends in a slash, and the page's name. */
export function splitPath(pathname: string): { base: string; page: string } {
  const at = pathname.lastIndexOf(PREFIX);
  if (at < 0) return { base: "/", page: "" };
  return { base: pathname.slice(0, at + 1), page: pathname.slice(at + PREFIX.length) };
}

/** Airflow's base path, as "/" or "/team/airflow/". */
export function basePath(): string {
  return splitPath(window.location.pathname).base;
}
