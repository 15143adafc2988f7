/** Boxes of one frame under edit: which one is chosen, what the keys do, and the way back. Pure. */
import {
  type Edges,
  type Size,
  drawn,
  edges,
  fractions,
  middle,
  moved,
  nextLabel,
  resized,
} from "./boxes";
import type { DrawnBox } from "./contract";

const FAST = 10;

export interface Editing {
  boxes: DrawnBox[];
  chosen: number;
}

export interface EditKey {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What becomes of the boxes by a key, or null if the key means nothing here. */
export function editedBy(pressed: EditKey, { boxes, chosen }: Editing, size: Size): Editing | null {
  const arrow = ARROWS[pressed.key];
  if (arrow) {
    const by = pressed.ctrlKey ? FAST : 1;
    const change = pressed.shiftKey ? resized : moved;
    return reshaped({ boxes, chosen }, size, (box) =>
      change(box, arrow[0] * by, arrow[1] * by, size),
    );
  }
  switch (pressed.key.toLowerCase()) {
    case "d":
      return { boxes: [...boxes, drawn("elephant", fractions(middle(size), size))], chosen: boxes.length };
    case ".":
      return { boxes, chosen: boxes.length === 0 ? -1 : (chosen + 1) % boxes.length };
    case ",":
      return { boxes, chosen: boxes.length === 0 ? -1 : (chosen + boxes.length - 1) % boxes.length };
    case "l":
      return changed({ boxes, chosen }, (box) => ({ ...box, label: nextLabel(box.label) }));
    case "delete":
      return without({ boxes, chosen });
    default:
      return null;
  }
}

export function changed(editing: Editing, how: (box: DrawnBox) => DrawnBox): Editing {
  const { boxes, chosen } = editing;
  return { boxes: boxes.map((box, index) => (index === chosen ? how(box) : box)), chosen };
}

/** Reshape the chosen box in whole pixels. */
export function reshaped(editing: Editing, size: Size, how: (box: Edges) => Edges): Editing {
  return changed(editing, (box) => ({ ...box, box: fractions(how(edges(box.box, size)), size) }));
}

export function without({ boxes, chosen }: Editing): Editing {
  const left = boxes.filter((_, index) => index !== chosen);
  return { boxes: left, chosen: Math.min(chosen, left.length - 1) };
}
