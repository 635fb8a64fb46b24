import type { ReactNode } from "react";

const PAGES = { dates: "Dates × tasks", compare: "Side by side" } as const;

/** The frame of the pages under Browse: which of them this is, and the way to the others. */
export function PageFrame({ page, children }: { page: keyof typeof PAGES; children: ReactNode }) {
  return (
    <>
      <nav className="pages" aria-label="Luigi">
        {Object.entries(PAGES).map(([name, title]) => (
          <a key={name} href={`./${name}`} aria-current={name === page ? "page" : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <main>
        <h1>{PAGES[page]}</h1>
        {children}
      </main>
    </>
  );
}
