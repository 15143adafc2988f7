// The bell while the app is open: a sound of our own making and a buzz, different for each level.
import type { Level } from "./shared/wire";

interface Bell {
  /** Each tone in Hz; 0 is a rest. */
  tones: number[];
  toneS: number;
  /** A sine is soft; a square carries through a wall. */
  shape: OscillatorType;
  /** Milliseconds: on, off, on … */
  buzz: number[];
}

/** One soft note; two falling pairs; a siren. Told apart with closed eyes, and in the hand. */
const BELLS: Record<Level, Bell> = {
  watch: { tones: [660], toneS: 0.5, shape: "sine", buzz: [200] },
  warning: { tones: [988, 740, 0, 988, 740], toneS: 0.28, shape: "triangle", buzz: [500, 200, 500] },
  danger: {
    tones: [880, 1320, 880, 1320, 880, 1320, 880, 1320, 880, 1320],
    toneS: 0.2,
    shape: "square",
    buzz: [800, 200, 800, 200, 800, 200, 800],
  },
};

let audio: AudioContext | undefined;

/** Browsers allow sound only after a touch, and phones take it back: ask on each. */
export function allowSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

export function ring(level: Level): void {
  const { tones, toneS, shape, buzz } = BELLS[level];
  // Before the first touch it would be refused, with a complaint.
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(buzz);
  tones.forEach((hz, index) => hz > 0 && tone(hz, index * toneS, toneS, shape));
  // For whoever listens to the app: tests, and displays beside it.
  window.dispatchEvent(new CustomEvent("trunkline-ring", { detail: level }));
}

export function lastsMs(level: Level): number {
  const { tones, toneS } = BELLS[level];
  return tones.length * toneS * 1000 + 300;
}

let playing: AudioBufferSourceNode | undefined;

/** Play a sound file once; a newer one cuts it off. Silent before the first touch, as the bell is. */
export async function play(file: ArrayBuffer): Promise<void> {
  if (audio?.state !== "running") return;
  const [sound, source] = [await audio.decodeAudioData(file), audio.createBufferSource()];
  playing?.stop();
  playing = source;
  source.buffer = sound;
  source.connect(audio.destination);
  source.start();
}

function tone(hz: number, afterS: number, toneS: number, shape: OscillatorType): void {
  if (audio?.state !== "running") return;
  const [source, volume] = [audio.createOscillator(), audio.createGain()];
  const start = audio.currentTime + afterS;
  source.type = shape;
  source.frequency.value = hz;
  volume.gain.setValueAtTime(0.5, start);
  volume.gain.setValueAtTime(0.5, start + toneS * 0.7);
  volume.gain.exponentialRampToValueAtTime(0.01, start + toneS);
  source.connect(volume).connect(audio.destination);
  source.start(start);
  source.stop(start + toneS);
}
