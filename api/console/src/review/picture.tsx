import { useRef, useState } from "preact/hooks";
import { confidenceText } from "../detections/rules";
import { phrases } from "../phrases";
import type { Detection } from "../service/contract";
import { type Editing, reshaped } from "./box_editing";
import { type Edges, type Size, between, drawn, edges, fractions, moved } from "./boxes";
import type { DrawnBox } from "./contract";
import { reviewPhrases } from "./phrases";

interface PictureProps {
  frame: Detection;
  what: string;
  boxes: DrawnBox[];
  /** Not null while boxes are edited. */
  editing: Editing | null;
  nameOf(individual: number): string;
  /** `going` on with a drag: no step of its own for undo. */
  edit(editing: Editing, going?: boolean): void;
  sized(size: Size & { url: string }): void;
}

interface Drag {
  kind: "draw" | "move" | "resize";
  index: number;
  x: number;
  y: number;
  from: Edges;
}

/** The frame, large, with its boxes; while they are edited a pointer draws, moves and resizes. */
export function Picture({ frame, what, boxes, editing, nameOf, edit, sized }: PictureProps) {
  const [size, setSize] = useState<(Size & { url: string }) | null>(null);
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null);
  const drag = useRef<Drag | null>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const url = frame.media_url;
  if (url === null) return <p class="evidence missing">{phrases.detections.noPicture}</p>;
  if (url === brokenUrl) return <p class="evidence missing">{phrases.detections.brokenPicture}</p>;

  function at(event: PointerEvent): { x: number; y: number } {
    const matrix = drawing.current?.getScreenCTM()?.inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return { x: Math.round(point.x), y: Math.round(point.y) };
  }

  function down(event: PointerEvent): void {
    if (editing === null || size === null || event.button !== 0) return;
    const { x, y } = at(event);
    const target = event.target as SVGElement;
    const index = Number(target.dataset["index"] ?? -1);
    const box = editing.boxes[index];
    drawing.current?.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (box === undefined) {
      const from = between(x, y, x, y, size);
      drag.current = { kind: "draw", index: editing.boxes.length, x, y, from };
      edit({
        boxes: [...editing.boxes, drawn("elephant", fractions(from, size))],
        chosen: editing.boxes.length,
      });
      return;
    }
    const kind = target.dataset["corner"] === undefined ? "move" : "resize";
    drag.current = { kind, index, x, y, from: edges(box.box, size) };
    edit({ boxes: editing.boxes, chosen: index });
  }

  function move(event: PointerEvent): void {
    const held = drag.current;
    if (held === null || editing === null || size === null) return;
    const { x, y } = at(event);
    edit(
      reshaped({ boxes: editing.boxes, chosen: held.index }, size, () => {
        if (held.kind === "move") return moved(held.from, x - held.x, y - held.y, size);
        if (held.kind === "draw") return between(held.x, held.y, x, y, size);
        return between(held.from.left, held.from.top, x, y, size);
      }),
      true,
    );
  }

  const shown = editing?.boxes ?? boxes;
  return (
    <div class={editing ? "evidence editing" : "evidence"}>
      <img
        src={url}
        alt={reviewPhrases.picture(what, frame.station.name)}
        decoding="sync"
        data-testid="review-picture"
        onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => {
          setSize({ url, width, height });
          sized({ url, width, height });
        }}
        onError={() => setBrokenUrl(url)}
      />
      {size?.url === url && (
        <svg
          ref={drawing}
          viewBox={`0 0 ${size.width} ${size.height}`}
          aria-hidden="true"
          data-testid="review-boxes"
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={() => {
            drag.current = null;
          }}
        >
          {shown.map((box, index) => (
            <OneBox
              key={index}
              box={box}
              index={index}
              size={size}
              chosen={editing?.chosen === index}
              text={textOf(box, frame, nameOf)}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

interface OneBoxProps {
  box: DrawnBox;
  index: number;
  size: Size;
  chosen: boolean;
  text: string;
}

const GLYPH_WIDTH = 0.58;

function OneBox({ box, index, size, chosen, text }: OneBoxProps) {
  const { left, top, right, bottom } = edges(box.box, size);
  const font = size.width * 0.02;
  const grip = size.width * 0.014;
  const plateWidth = (text.length * GLYPH_WIDTH + 0.8) * font;
  const plateLeft = Math.max(0, Math.min(left, size.width - plateWidth));
  const plateTop = top >= font * 1.4 ? top - font * 1.4 : top;
  const shape = { x: left, y: top, width: right - left, height: bottom - top };
  return (
    <g class={`box ${box.label}${chosen ? " chosen" : ""}`}>
      <rect class="halo" {...shape} />
      <rect class="line grasp" {...shape} data-index={index} />
      <rect class="plate" x={plateLeft} y={plateTop} width={plateWidth} height={font * 1.4} />
      <text x={plateLeft + font * 0.4} y={plateTop + font * 1.03} font-size={font}>
        {text}
      </text>
      {chosen && (
        <rect
          class="corner"
          x={right - grip / 2}
          y={bottom - grip / 2}
          width={grip}
          height={grip}
          data-index={index}
          data-corner=""
        />
      )}
    </g>
  );
}

function textOf(box: DrawnBox, frame: Detection, nameOf: (individual: number) => string): string {
  const name = box.individual === null ? "" : ` ${nameOf(box.individual)}`;
  const seen = frame.animals.find(({ box: other }) => other.join() === box.box.join());
  return `${box.label}${seen ? ` ${confidenceText(seen.confidence)}` : ""}${name}`;
}
