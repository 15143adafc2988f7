// The three phrases that the service worker says by itself, in every language; put in at build time.
import { filled, type Language, type Values } from "../shared/languages";

declare const __WORKER_PHRASES__: Record<Language, Record<string, string>>;

export type WorkerPhrase = "push.unknown.title" | "push.unknown.body" | "push.at";

export function say(language: Language, key: WorkerPhrase, values: Values = {}): string {
  return filled(__WORKER_PHRASES__[language][key] ?? "", values);
}
