// Numbers as people say them. Pure: the clock is passed in.
import { counted, type Language, phrase, type PhraseKey } from "./shared/phrases";
import type { Alert } from "./shared/wire";

const DIRECTIONS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;

export function countWords(language: Language, count: number): string {
  if (count < 1) return phrase(language, "count.unknown");
  return counted(language, "count", count);
}

export function directionWord(language: Language, bearingDeg: number): string {
  const turn = ((bearingDeg % 360) + 360) % 360;
  return phrase(language, `direction.${DIRECTIONS[Math.round(turn / 45) % 8] ?? "n"}`);
}

export function distanceWords(language: Language, distanceM: number): string {
  if (distanceM >= 950) return phrase(language, "distance.km", { n: (distanceM / 1000).toFixed(1) });
  const stepM = distanceM < 100 ? 10 : 50;
  // Never "0 m": that would read as "inside".
  return phrase(language, "distance.m", { n: Math.max(stepM, Math.round(distanceM / stepM) * stepM) });
}

export function whereWords(language: Language, alert: Alert): string {
  if (alert.distance_m <= 0) return phrase(language, "where.inside");
  const distance = distanceWords(language, alert.distance_m);
  return phrase(language, "where.away", {
    distance,
    direction: directionWord(language, alert.bearing_deg),
  });
}

const AGES: [limitS: number, unitS: number, key: PhraseKey][] = [
  [5, 1, "ago.now"],
  [60, 1, "ago.seconds"],
  [3600, 60, "ago.minutes"],
  [48 * 3600, 3600, "ago.hours"],
  [Infinity, 86_400, "ago.days"],
];

export function agoWords(language: Language, atMs: number, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - atMs) / 1000);
  const [, unitS, key] = AGES.find(([limitS]) => seconds < limitS) ?? AGES[0]!;
  return phrase(language, key, { n: Math.floor(seconds / unitS) });
}

export function timeWords(language: Language, atMs: number, nowMs: number): string {
  const isToday = nowMs - atMs < 20 * 3_600_000;
  const style = isToday
    ? ({ hour: "2-digit", minute: "2-digit" } as const)
    : ({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const);
  return new Intl.DateTimeFormat(language, { ...style, hourCycle: "h23" }).format(atMs);
}
