// The phone's own voice in the person's language; where it has none, the few words that a machine has
// spoken beforehand; where there are none either, only the bell: a foreign voice confuses.
import { effect, signal } from "@preact/signals";

import { type Clip, clipBytes, keepClips } from "./clips";
import { play } from "./ring";
import { hasClips, type Language } from "./shared/languages";
import { save, saved } from "./shared/storage";
import { language } from "./state/state";

export interface Said {
  text: string;
  /** Null: no clip says it. */
  clip: Clip | null;
}

export const readsAloud = signal(true);
const voices = signal<readonly SpeechSynthesisVoice[]>([]);
const speaker = globalThis.speechSynthesis as SpeechSynthesis | undefined;

// Phones load their voices late, and the first view needs the link.
const CLIPS_AFTER_MS = 3_000;

function look(): void {
  voices.value = speaker?.getVoices() ?? [];
}

/** Find the voices, and fetch what stands in for one that is missing; returns how to stop that. */
export function openSpeech(): () => void {
  look();
  speaker?.addEventListener?.("voiceschanged", look);
  void saved("readAloud").then((wanted) => (readsAloud.value = wanted ?? true), () => undefined);
  let stop = () => {};
  const timer = setTimeout(() => (stop = effect(fetchClips)), CLIPS_AFTER_MS);
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function fetchClips(): void {
  // A voice that is not on the phone is silent without a signal.
  const isNeeded = readsAloud.value && voiceFor(language.value)?.localService !== true;
  if (isNeeded && hasClips(language.value) && "caches" in globalThis) {
    void keepClips(language.value).catch(() => undefined); // the next opening tries again
  }
}

export function voiceFor(language: Language): SpeechSynthesisVoice | undefined {
  const first = language.toLowerCase().split("-")[0];
  const able = voices.value.filter((voice) => voice.lang.toLowerCase().split(/[-_]/)[0] === first);
  // One that is on the phone speaks without a signal.
  return able.find((voice) => voice.localService) ?? able[0];
}

export function canSpeak(language: Language): boolean {
  return voiceFor(language) !== undefined || hasClips(language);
}

/** Whether somebody can say just this. */
export function canSay({ clip }: Said, language: Language): boolean {
  return voiceFor(language) !== undefined || (clip !== null && hasClips(language));
}

/** Say it after the bell, which lasts so long; a newer word cuts an older one off. */
export function say(said: Said, language: Language, afterMs = 0): void {
  setTimeout(() => {
    const voice = voiceFor(language);
    if (speaker === undefined || voice === undefined) void playClip(said.clip, language);
    else speakWith(speaker, voice, said, language);
  }, afterMs);
}

function speakWith(speaker: SpeechSynthesis, voice: SpeechSynthesisVoice, said: Said, language: Language): void {
  const utterance = new SpeechSynthesisUtterance(said.text);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  utterance.onerror = ({ error }) => {
    const isCutOff = error === "interrupted" || error === "canceled";
    if (!isCutOff) void playClip(said.clip, language); // a voice from the network, without a network
  };
  speaker.cancel();
  speaker.speak(utterance);
}

async function playClip(clip: Clip | null, language: Language): Promise<void> {
  if (clip === null) return;
  const bytes = await clipBytes(language, clip).catch(() => undefined);
  if (bytes !== undefined) await play(bytes).catch(() => undefined);
}

export async function setReadsAloud(wanted: boolean): Promise<void> {
  readsAloud.value = wanted;
  if (!wanted) speaker?.cancel();
  await save("readAloud", wanted).catch(() => undefined);
}
