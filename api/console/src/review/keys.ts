/** Every key of the review screen: what it does is written once, for the hand and for the help. */
import type { Decision } from "./contract";

export const DECISIONS: { key: string; decision: Decision }[] = [
  { key: "e", decision: "elephant" },
  { key: "x", decision: "nothing" },
  { key: "a", decision: "other_animal" },
  { key: "p", decision: "person" },
  { key: "v", decision: "vehicle" },
  { key: "u", decision: "unsure" },
];

export type Action =
  | { kind: "decide"; decision: Decision }
  | { kind: "individual"; digit: number }
  | { kind: "count"; by: number }
  | { kind: "frame"; by: number }
  | { kind: "undo" | "skip" | "by_frame" | "boxes" | "note" | "groups" | "help" | "settle" | "reference" | "who" };

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const PLAIN: Record<string, Action> = {
  " ": { kind: "decide", decision: "elephant" },
  z: { kind: "undo" },
  backspace: { kind: "undo" },
  s: { kind: "skip" },
  f: { kind: "by_frame" },
  b: { kind: "boxes" },
  n: { kind: "note" },
  g: { kind: "groups" },
  t: { kind: "settle" },
  r: { kind: "reference" },
  w: { kind: "who" },
  "?": { kind: "help" },
  "+": { kind: "count", by: 1 },
  "=": { kind: "count", by: 1 },
  "-": { kind: "count", by: -1 },
  arrowleft: { kind: "frame", by: -1 },
  arrowright: { kind: "frame", by: 1 },
};

/** What a key asks for, or null. */
export function actionOf(pressed: Pressed): Action | null {
  const key = pressed.key.toLowerCase();
  if (pressed.altKey) return null;
  if (pressed.ctrlKey || pressed.metaKey) return key === "z" ? { kind: "undo" } : null;
  const decision = DECISIONS.find((one) => one.key === key);
  if (decision) return { kind: "decide", decision: decision.decision };
  if (/^[1-9]$/.test(key)) return { kind: "individual", digit: Number(key) };
  return PLAIN[key] ?? null;
}
