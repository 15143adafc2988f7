// What a machine has spoken beforehand: for phones without a voice in the person's language.
import { hasClips, type Language } from "./shared/languages";
import type { Alert } from "./shared/wire";
import { signOf } from "./parts/signs";

declare const __CLIPS_VERSION__: string;

const KEPT = "trunkline-voice";
const CLIPS = ["watch", "warning", "danger", "drill", "all_clear", "retracted"] as const;
export type Clip = (typeof CLIPS)[number];

/** Of a drill it says that there are no elephants; of what is long past, nothing. */
export function clipOf(alert: Alert, nowMs: number): Clip | null {
  const sign = signOf(alert, nowMs);
  if (sign === "lapsed") return null;
  return alert.simulated ? "drill" : sign;
}

function addressOf(language: Language, clip: Clip): string {
  return `/app/voice/${language}/${clip}.mp3?${__CLIPS_VERSION__}`;
}

/** Have the clips of this language on the phone, and of no other. Rejects without a signal or a disk. */
export async function keepClips(language: Language): Promise<void> {
  const wanted = CLIPS.map((clip) => new URL(addressOf(language, clip), location.href).href);
  const cache = await caches.open(KEPT);
  const kept = (await cache.keys()).map((request) => request.url);
  await cache.addAll(wanted.filter((url) => !kept.includes(url)));
  await Promise.all(kept.filter((url) => !wanted.includes(url)).map((url) => cache.delete(url)));
}

/** The sound file, from the phone or else from the server; undefined where neither has it. */
export async function clipBytes(language: Language, clip: Clip): Promise<ArrayBuffer | undefined> {
  if (!hasClips(language)) return undefined;
  const url = addressOf(language, clip);
  const kept = await globalThis.caches?.match(url, { cacheName: KEPT }).catch(() => undefined);
  const response = kept ?? (await fetch(url).catch(() => undefined));
  return response?.ok ? response.arrayBuffer() : undefined;
}
