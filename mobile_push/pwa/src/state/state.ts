// Everything the screens show. Changed by `session`, `live` and `answers`; read by anybody.
import { computed, signal } from "@preact/signals";

import type { Post } from "../shared/storage";
import { closestLanguage, type Language, type Values } from "../shared/languages";
import { phrase, type PhraseKey } from "../shared/phrases";
import type { Alert, Me, SiteMap } from "../shared/wire";

export type LinkState = "connecting" | "live" | "lost";

export const language = signal<Language>(closestLanguage(navigator.language));
export const me = signal<Me | null>(null);
/** False until we know whether somebody is signed in. */
export const ready = signal(false);
export const alerts = signal<Alert[]>([]);
/** When the list came from the server; null while it is only this phone's memory. */
export const savedAtMs = signal<number | null>(null);
/** When a push last came to this phone, by its own clock; null: never, or not known. */
export const provedAtMs = signal<number | null>(null);
export const siteMap = signal<SiteMap | null>(null);
export const waiting = signal<Post[]>([]);
export const link = signal<{ state: LinkState; heardAtMs: number | null }>({
  state: "connecting",
  heardAtMs: null,
});
/** Said aloud by a screen reader as soon as it changes. */
export const announcement = signal("");
export const trouble = signal<PhraseKey | null>(null);

/** The server's clock less ours: phones are often minutes wrong. */
export const clockSkewMs = signal(0);
const ownClockMs = signal(Date.now());
export const nowMs = computed(() => ownClockMs.value + clockSkewMs.value);
setInterval(() => (ownClockMs.value = Date.now()), 1000);

/** The phrase in the language of the person. */
export function t(key: PhraseKey, values?: Values): string {
  return phrase(language.value, key, values);
}
