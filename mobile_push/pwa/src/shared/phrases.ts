// The same files that the server reads: a phrase is written once for push and app.
import en from "../../../phrases/en.json";
import { filled, type Language, type Values } from "./languages";

export type { Language, Values } from "./languages";
export type PhraseKey = keyof typeof en;
type Phrases = Record<PhraseKey, string>;

// Each language is a file of its own, kept on the phone with the app: eight at once would be half of it.
// It comes as a list in the order of the English (phrase_lists.ts).
const FILES = import.meta.glob<{ default: readonly string[] }>([
  "../../../phrases/*.json",
  "!../../../phrases/en.json",
]);
const spoken: Partial<Record<Language, Phrases>> = { en };

/** Fetch the words of a language; false while they cannot be had. */
export async function learn(language: Language): Promise<boolean> {
  if (spoken[language] !== undefined) return true;
  const file = await FILES[`../../../phrases/${language}.json`]?.().catch(() => undefined);
  if (file === undefined) return false;
  const keys = Object.keys(en) as PhraseKey[];
  spoken[language] = Object.fromEntries(keys.map((key, index) => [key, file.default[index]])) as Phrases;
  return true;
}

export function phrase(language: Language, key: PhraseKey, values: Values = {}): string {
  return filled((spoken[language] ?? en)[key], values);
}

/** The phrase for so many, by the language's own rules of number. */
export function counted(language: Language, base: "count", n: number): string {
  const isOne = new Intl.PluralRules(language).select(n) === "one";
  return phrase(language, isOne ? `${base}.one` : `${base}.many`, { n });
}
