import type { JSX } from "preact";
import { phrases } from "../phrases";
import type { AlertLevel } from "../service/contract";

const SHAPES: Record<AlertLevel, JSX.Element> = {
  watch: <circle cx="12" cy="12" r="10" />,
  warning: <path d="M12 2 23 21.500H1z" />,
  danger: <path d="M7.500 1h9L23 7.500v9L16.500 23h-9L1 16.500v-9z" />,
};

/** An alert's level as a shape: circle, triangle, octagon. */
export function LevelShape({ level, size = 24 }: { level: AlertLevel; size?: number }) {
  return (
    <svg class={`level-shape ${level}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      {SHAPES[level]}
      <path class="stroke" d={level === "watch" ? "M12 7v6.500" : "M12 8.500v6"} />
      <circle class="dot" cx="12" cy={level === "watch" ? 16.5 : 18} r="1.400" />
    </svg>
  );
}

/** The level by colour, shape and word. */
export function LevelMark({ level }: { level: AlertLevel }) {
  return (
    <span class={`level ${level}`} data-testid="alert-level">
      <LevelShape level={level} /> {phrases.alerts.levels[level]}
    </span>
  );
}
