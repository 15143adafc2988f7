// Which languages there are, without their words: those come when somebody speaks them.
import known from "../../../languages.json";

export type Language = keyof typeof known;
export type Values = Record<string, string | number>;

export const LANGUAGES = Object.keys(known) as Language[];

/** The language's own name for itself. */
export function nameOf(language: Language): string {
  return known[language].name;
}

/** Whether nobody who speaks the language has looked at its words yet. */
export function isDraft(language: Language): boolean {
  return known[language].checked_by === null;
}

/** Whether its few spoken words lie on the server. */
export function hasClips(language: Language): boolean {
  return known[language].spoken_by !== null;
}

export function closestLanguage(wanted: string): Language {
  const first = wanted.toLowerCase().split("-")[0];
  return LANGUAGES.find((one) => one.toLowerCase().split("-")[0] === first) ?? "en";
}

export function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
