import type { JSX } from "preact";
import type { Condition } from "./rules";

const SHAPES: Record<Condition, JSX.Element> = {
  online: <circle cx="8" cy="8" r="6" />,
  silent: <path d="M8 1.500 15 14H1z" />,
  offline: <rect x="2.500" y="2.500" width="11" height="11" />,
  stopped: <path class="hollow" d="M3.500 3.500h9v9h-9z" />,
  unknown: <path class="hollow" d="M8 2l6 6-6 6-6-6z" />,
};

/** A station's condition as a shape: told apart without colour. */
export function StationMark({ condition }: { condition: Condition }) {
  return (
    <svg class={`station-mark ${condition}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {SHAPES[condition]}
    </svg>
  );
}
