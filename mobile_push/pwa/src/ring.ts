// The bell while the app is open: a sound of our own making and a buzz.
import type { Level } from "./shared/wire";

const TONES_HZ: Record<Level, number[]> = {
  watch: [660],
  warning: [660, 880, 660, 880],
  danger: [880, 1175, 880, 1175, 880, 1175, 880, 1175],
};
const TONE_S = 0.25;

let audio: AudioContext | undefined;

/** Browsers allow sound only after a touch, and phones take it back: ask on each. */
export function allowSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

export function ring(level: Level): void {
  navigator.vibrate?.(TONES_HZ[level].flatMap(() => [300, 150]));
  TONES_HZ[level].forEach((hz, index) => tone(hz, index * TONE_S * 1.2));
}

function tone(hz: number, afterS: number): void {
  if (audio?.state !== "running") return;
  const [source, volume] = [audio.createOscillator(), audio.createGain()];
  const start = audio.currentTime + afterS;
  source.type = "square"; // carries further through a wall than a sine
  source.frequency.value = hz;
  volume.gain.setValueAtTime(0.4, start);
  volume.gain.exponentialRampToValueAtTime(0.01, start + TONE_S);
  source.connect(volume).connect(audio.destination);
  source.start(start);
  source.stop(start + TONE_S);
}
