import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { defineConfig } from "vite";

import { phraseLists } from "./phrase_lists.ts";

const CLIPS = join(import.meta.dirname, "public", "voice");

/** Changes with any of the spoken clips, so that a phone fetches them anew. */
function clipsVersion(): string {
  const hash = createHash("sha256");
  const files = readdirSync(CLIPS, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) hash.update(readFileSync(path));
  return hash.digest("hex").slice(0, 8);
}

export default defineConfig({
  base: "/app/",
  plugins: [phraseLists()],
  define: { __CLIPS_VERSION__: JSON.stringify(clipsVersion()) },
  build: {
    // Phones in villages are old: the last Chrome for Android 6 is 106; Safari has Web Push from 16.4.
    target: ["chrome97", "safari15.4", "firefox104"],
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
