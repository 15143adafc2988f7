// The same files that the server reads: a phrase is written once for push and app.
import en from "../../../phrases/en.json";
import zhCN from "../../../phrases/zh-CN.json";

export type PhraseKey = keyof typeof en;
export type Language = "en" | "zh-CN";
export type Values = Record<string, string | number>;

const PHRASES: Record<Language, Record<PhraseKey, string>> = { en, "zh-CN": zhCN };

export const LANGUAGES: Record<Language, string> = { en: "English", "zh-CN": "简体中文" };

export function closestLanguage(wanted: string): Language {
  const first = wanted.toLowerCase().split("-")[0];
  const found = Object.keys(PHRASES).find((one) => one.toLowerCase().split("-")[0] === first);
  return (found as Language | undefined) ?? "en";
}

export function phrase(language: Language, key: PhraseKey, values: Values = {}): string {
  return PHRASES[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
