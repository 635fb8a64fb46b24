/** Airflow keeps its colour mode in the browser's storage, under this key, and as a class of its page. */
const KEY = "theme";

/** Follow Airflow's light or dark mode, as long as the page is open. */
export function followTheme(): void {
  const outer = parentPage();
  const apply = () => {
    document.documentElement.dataset.theme = mode(outer);
  };
  apply();
  window.addEventListener("storage", apply);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  if (outer) {
    new MutationObserver(apply).observe(outer.documentElement, {
      attributes: true,
      attributeFilter: ["class", "data-theme"],
    });
  }
}

function mode(outer: Document | null): "light" | "dark" {
  for (const each of ["light", "dark"] as const) {
    if (outer?.documentElement.classList.contains(each)) return each;
  }
  const stored = window.localStorage.getItem(KEY);
  if (stored === "light" || stored === "dark") return stored;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Airflow's own page around this one, or null where there is none. */
export function parentPage(): Document | null {
  if (window.parent === window) return null;
  try {
    return window.parent.document;
  } catch {
    return null;
  }
}
