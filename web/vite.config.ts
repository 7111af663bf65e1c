// How the app is built. UI_OUT_DIR is the crate's (build.rs); a person's own build goes to `dist`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const outDir = process.env.UI_OUT_DIR ?? "dist";

/** The switch serves files as they are: what is worth it is compressed here, once. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  closeBundle() {
    const assets = join(outDir, "assets");
    for (const name of readdirSync(assets)) {
      if (!/\.(js|css)$/.test(name)) continue;
      writeFileSync(
        join(assets, `${name}.gz`),
        gzipSync(readFileSync(join(assets, name)), { level: 9 }),
      );
    }
  },
};

const running = process.env.CORDBOARD ?? "https://127.0.0.1:8443";
const proxy = {
  "/v1": { target: running, secure: false, ws: true },
  "/sip": { target: running, secure: false, ws: true },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), compressed],
  build: {
    outDir,
    emptyOutDir: true,
    // Nothing is inlined: the content security policy allows our own files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npm run dev` beside a running switch.
  server: { proxy },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
  },
});
