// The service worker is built after the app: it carries the list of the app's files, and its own
// name never changes, because the browser asks for /app/sw.js to see whether there is a new one.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { defineConfig } from "vite";

const DIST = join(import.meta.dirname, "dist");

function shellFiles(): string[] {
  return readdirSync(DIST, { recursive: true, withFileTypes: true })
    // Icons are for the moment of installing, which needs a signal anyway; the worker has its own.
    .filter((entry) => entry.isFile() && entry.name !== "sw.js" && !entry.name.endsWith(".png"))
    .map((entry) => relative(DIST, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((file) => !file.startsWith("voice/")) // a phone keeps those of its own language, if any
    .sort();
}

function versionOf(files: string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(DIST, file)));
  return hash.digest("hex").slice(0, 12);
}

/** What the service worker says by itself; the rest of the words come with a push, or with the app. */
function workerPhrases(): Record<string, Record<string, string>> {
  const folder = join(import.meta.dirname, "..", "phrases");
  const own = ["push.unknown.title", "push.unknown.body", "push.at"];
  return Object.fromEntries(
    readdirSync(folder).map((name) => {
      const phrases = JSON.parse(readFileSync(join(folder, name), "utf-8")) as Record<string, string>;
      return [name.replace(/\.json$/, ""), Object.fromEntries(own.map((key) => [key, phrases[key] ?? ""]))];
    }),
  );
}

/** A picture within the program: the bell waits for no network. */
function inlined(name: string): string {
  return `data:image/png;base64,${readFileSync(join(DIST, name)).toString("base64")}`;
}

const files = shellFiles();

export default defineConfig({
  define: {
    __WORKER_PHRASES__: JSON.stringify(workerPhrases()),
    __SHELL_FILES__: JSON.stringify(files.map((file) => `/app/${file}`)),
    __SHELL_VERSION__: JSON.stringify(versionOf(files)),
    __ICON__: JSON.stringify(inlined("icon-192.png")),
    __BADGE__: JSON.stringify(inlined("badge-96.png")),
  },
  publicDir: false,
  build: {
    target: ["chrome97", "safari15.4", "firefox104"],
    emptyOutDir: false,
    lib: { entry: "src/worker/sw.ts", formats: ["iife"], name: "sw", fileName: () => "sw.js" },
  },
});
