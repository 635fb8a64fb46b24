import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Airflow may be served below a path: every address in the bundle is relative to the page.
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../plugins/airflow_luigi/web/bundle",
    emptyOutDir: true,
    // Files that are written into the page as data: URLs would not pass the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    // What is bundled is distributed: its licences go with it.
    license: { fileName: "licenses.md" },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
  },
});
