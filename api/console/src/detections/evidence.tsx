import { useState } from "preact/hooks";
import { phrases } from "../phrases";
import type { SeenAnimal } from "../service/contract";
import { confidenceText } from "./rules";

interface EvidenceProps {
  url: string | null;
  animals: SeenAnimal[];
  alt: string;
  boxes?: boolean;
  /** The label's height, as a fraction of the picture's width: large in small pictures. */
  labelSize?: number;
}

/** A camera's picture with what the network saw drawn over it. */
export function Evidence({ url, animals, alt, boxes = true, labelSize = 0.038 }: EvidenceProps) {
  const [size, setSize] = useState<{ url: string; width: number; height: number } | null>(null);
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null);
  if (url === null) return <p class="evidence missing">{phrases.detections.noPicture}</p>;
  if (url === brokenUrl) return <p class="evidence missing">{phrases.detections.brokenPicture}</p>;
  return (
    <div class="evidence">
      <img
        src={url}
        alt={alt}
        loading="lazy"
        decoding="async"
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          setSize({ url, width: naturalWidth, height: naturalHeight })
        }
        onError={() => setBrokenUrl(url)}
      />
      {boxes && size?.url === url && (
        // The drawing has the picture's own size and is fitted as `object-fit: contain` fits the
        // picture: so the boxes lie right in every frame.
        <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true" data-testid="boxes">
          {[...animals].reverse().map((animal, index) => (
            <DrawnBox key={index} animal={animal} {...size} fontSize={labelSize * size.width} />
          ))}
        </svg>
      )}
    </div>
  );
}

interface DrawnBoxProps {
  animal: SeenAnimal;
  width: number;
  height: number;
  fontSize: number;
}

const GLYPH_WIDTH = 0.58; // of the font size, on average: enough to keep a label inside the picture

function DrawnBox({ animal, width, height, fontSize }: DrawnBoxProps) {
  const [left, top, boxWidth, boxHeight] = animal.box;
  const [x, y, w, h] = [left * width, top * height, boxWidth * width, boxHeight * height];
  const label = `${animal.label} ${confidenceText(animal.confidence)}`;
  const plateWidth = (label.length * GLYPH_WIDTH + 0.8) * fontSize;
  const plateHeight = fontSize * 1.4;
  const plateX = Math.max(0, Math.min(x, width - plateWidth));
  const plateY = y >= plateHeight ? y - plateHeight : y;
  return (
    <g class={`box ${animal.label}`}>
      <rect class="halo" x={x} y={y} width={w} height={h} />
      <rect class="line" x={x} y={y} width={w} height={h} />
      <rect class="plate" x={plateX} y={plateY} width={plateWidth} height={plateHeight} />
      <text x={plateX + fontSize * 0.4} y={plateY + fontSize * 1.03} font-size={fontSize}>
        {label}
      </text>
    </g>
  );
}
