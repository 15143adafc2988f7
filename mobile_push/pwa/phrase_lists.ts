// A language travels as a bare list in the order of the English file: its keys would be a third of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

const ENGLISH = join(import.meta.dirname, "..", "phrases", "en.json");

export function phraseLists(): Plugin {
  return {
    name: "phrase-lists",
    enforce: "pre",
    transform(code, id) {
      if (!/\/mobile_push\/phrases\/[\w-]+\.json$/.test(id) || id.endsWith("/en.json")) return undefined;
      const keys = Object.keys(JSON.parse(readFileSync(ENGLISH, "utf-8")) as object);
      const phrases = JSON.parse(code) as Record<string, string>;
      return JSON.stringify(keys.map((key) => phrases[key] ?? this.error(`${id} lacks ${key}`)));
    },
  };
}
