/** Boxes as a person edits them: in whole pixels of the picture. Pure. */
import type { Box, Detection } from "../service/contract";
import type { BoxLabel, DrawnBox } from "./contract";

export interface Size {
  width: number;
  height: number;
}

/** Left, top, right, bottom in pixels. */
export interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const BOX_LABELS: BoxLabel[] = ["elephant", "animal", "person", "vehicle"];
export const SMALLEST_PX = 4;

/** The boxes a person starts from: what the network believed. */
export function believed(frame: Detection): DrawnBox[] {
  return frame.animals
    .filter(({ label, confidence }) => label !== "elephant" || confidence >= frame.threshold)
    .map(({ label, box }) => drawn(known(label), box));
}

export function drawn(label: BoxLabel, box: Box): DrawnBox {
  return { label, box, individual: null, life_stage: "unknown", sex: "unknown" };
}

function known(label: string): BoxLabel {
  return BOX_LABELS.find((name) => name === label) ?? "animal";
}

export function edges([left, top, width, height]: Box, size: Size): Edges {
  return {
    left: Math.round(left * size.width),
    top: Math.round(top * size.height),
    right: Math.round((left + width) * size.width),
    bottom: Math.round((top + height) * size.height),
  };
}

export function fractions({ left, top, right, bottom }: Edges, size: Size): Box {
  return [
    left / size.width,
    top / size.height,
    (right - left) / size.width,
    (bottom - top) / size.height,
  ];
}

/** Move a box, keeping it inside the picture. */
export function moved(box: Edges, x: number, y: number, size: Size): Edges {
  const right = Math.max(-box.left, Math.min(x, size.width - box.right));
  const down = Math.max(-box.top, Math.min(y, size.height - box.bottom));
  return {
    left: box.left + right,
    top: box.top + down,
    right: box.right + right,
    bottom: box.bottom + down,
  };
}

/** Two opposite corners, in any order, inside the picture and not too small to be grasped. */
export function between(x: number, y: number, toX: number, toY: number, size: Size): Edges {
  const [left, right] = span(x, toX, size.width);
  const [top, bottom] = span(y, toY, size.height);
  return { left, top, right, bottom };
}

function span(from: number, to: number, most: number): [number, number] {
  const inside = (at: number) => Math.max(0, Math.min(Math.round(at), most));
  const low = Math.min(inside(Math.min(from, to)), Math.max(0, most - SMALLEST_PX));
  return [low, Math.max(inside(Math.max(from, to)), Math.min(most, low + SMALLEST_PX))];
}

/** Move the right and lower edges. */
export function resized(box: Edges, x: number, y: number, size: Size): Edges {
  return between(
    box.left,
    box.top,
    Math.max(box.right + x, box.left + SMALLEST_PX),
    Math.max(box.bottom + y, box.top + SMALLEST_PX),
    size,
  );
}

/** A new box where nobody has pointed yet: the middle quarter. */
export function middle(size: Size): Edges {
  return between(size.width / 4, size.height / 4, (size.width * 3) / 4, (size.height * 3) / 4, size);
}

export function nextLabel(label: BoxLabel): BoxLabel {
  return BOX_LABELS[(BOX_LABELS.indexOf(label) + 1) % BOX_LABELS.length] ?? "elephant";
}
