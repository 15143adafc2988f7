// The phone's own voice. Where it has none in the person's language it is silent: a foreign one confuses.
import { signal } from "@preact/signals";

import type { Language } from "./shared/languages";
import { save, saved } from "./shared/storage";

export const readsAloud = signal(true);
const voices = signal<readonly SpeechSynthesisVoice[]>([]);
const speaker = globalThis.speechSynthesis as SpeechSynthesis | undefined;

function look(): void {
  voices.value = speaker?.getVoices() ?? [];
}

/** Phones load their voices late. */
export async function openSpeech(): Promise<void> {
  look();
  speaker?.addEventListener?.("voiceschanged", look);
  readsAloud.value = (await saved("readAloud").catch(() => undefined)) ?? true;
}

export function voiceFor(language: Language): SpeechSynthesisVoice | undefined {
  const first = language.toLowerCase().split("-")[0];
  const able = voices.value.filter((voice) => voice.lang.toLowerCase().split(/[-_]/)[0] === first);
  // One that is on the phone speaks without a signal.
  return able.find((voice) => voice.localService) ?? able[0];
}

/** Say it after the bell, which lasts so long; a newer word cuts an older one off. */
export function say(text: string, language: Language, afterMs = 0): void {
  const voice = voiceFor(language);
  if (speaker === undefined || voice === undefined) return;
  setTimeout(() => {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    speaker.cancel();
    speaker.speak(utterance);
  }, afterMs);
}

export async function setReadsAloud(wanted: boolean): Promise<void> {
  readsAloud.value = wanted;
  if (!wanted) speaker?.cancel();
  await save("readAloud", wanted).catch(() => undefined);
}
