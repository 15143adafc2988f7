// Pictograms of our own: what is said by colour is said by shape as well.
import { isEnded, isLapsed } from "../alerts";
import type { Alert, Heading } from "../shared/wire";

export type Sign = Alert["level"] | "all_clear" | "retracted" | "lapsed";

export function signOf(alert: Alert, nowMs: number): Sign {
  if (isEnded(alert)) return alert.state as Sign;
  return isLapsed(alert, nowMs) ? "lapsed" : alert.level;
}

const OUTLINES: Record<Sign, string> = {
  danger: "M7.5 1.5h9l6 6v9l-6 6h-9l-6-6v-9z",
  warning: "M12 1.5 23.5 22H.5z",
  watch: "M12 1.2a10.8 10.8 0 1 0 0 21.6 10.8 10.8 0 0 0 0-21.6z",
  all_clear: "M3 2h18v20H3z",
  lapsed: "M12 1.2a10.8 10.8 0 1 0 0 21.6 10.8 10.8 0 0 0 0-21.6z",
  retracted: "M12 1.2a10.8 10.8 0 1 0 0 21.6 10.8 10.8 0 0 0 0-21.6z",
};

const MARKS: Record<Sign, string> = {
  danger: "M12 6v7.5M12 17v.6",
  warning: "M12 9v6M12 18.4v.4",
  watch: "M5.5 12c3.5-5 9.5-5 13 0-3.5 5-9.5 5-13 0zM12 11.9v.2",
  all_clear: "M7 12.5l3.6 3.8L17 8.5",
  lapsed: "M12 5.5V12l4.5 3",
  retracted: "M8 8l8 8M16 8l-8 8",
};

export function LevelSign({ sign }: { sign: Sign }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d={OUTLINES[sign]} fill="currentColor" />
      <path d={MARKS[sign]} class="sign__mark" />
    </svg>
  );
}

const ELEPHANT =
  "M14 7C18 3.5 24 5 26 8C32 4.4 44 4 51 9C57 13 58 20 58 27C58 33 57 38 57 44L48 44C48 40 47 36 " +
  "46 33C40 35.5 34 35.5 30 34C30 38 30 41 30 44L21 44C21 39 20.5 34 19.5 30C17.5 31 15.5 30.5 14 29" +
  "C13 33 12.5 38 9.5 41.5C7.5 43.8 4 43.5 3 41C2.6 39.8 4.4 39.2 5 40.2C6 41.6 8 39.5 8.4 36" +
  "C9 31 7.5 27 7.8 21C8 14 10 10 14 7Z";

export function Elephant() {
  return (
    <svg class="elephant" viewBox="0 0 64 48" aria-hidden="true">
      <path d={ELEPHANT} fill="currentColor" />
      <path d="M57 17C60.5 21 61 29 60.4 35" class="elephant__tail" />
      <path d="M19.5 11.5C26 10 30 15 28 21.5C27 25.5 23.5 27.5 20.5 25" class="elephant__ear" />
      <circle cx="13.6" cy="16.5" r="1.1" class="elephant__eye" />
    </svg>
  );
}

const MAX_ELEPHANTS = 5;

export function Elephants({ count }: { count: number }) {
  const shown = Math.min(Math.max(count, 1), MAX_ELEPHANTS);
  return (
    <span class="elephants" aria-hidden="true">
      {Array.from({ length: shown }, (_, index) => (
        <Elephant key={index} />
      ))}
    </span>
  );
}

interface ArrowProps {
  /** 0 is north, up. */
  bearingDeg: number;
  isInside?: boolean;
}

/** Points from the people's place (or from oneself) to the herd, north up; inside, it is a target. */
export function Direction({ bearingDeg, isInside = false }: ArrowProps) {
  return (
    <svg class="direction" viewBox="0 0 48 48" aria-hidden="true">
      <circle cx="24" cy="24" r="21" class="direction__ring" />
      <path d="M24 1v6" class="direction__north" />
      {isInside ? (
        <circle cx="24" cy="24" r="9" fill="currentColor" />
      ) : (
        <path
          d="M24 8 34 27h-6.5v12h-7V27H14z"
          fill="currentColor"
          transform={`rotate(${bearingDeg} 24 24)`}
        />
      )}
    </svg>
  );
}

/** An elephant that walks the way it walks: which side it goes to is drawn, not said. */
export function Walking({ bearingDeg }: { bearingDeg: number }) {
  return (
    <svg class="direction" viewBox="0 0 48 48" aria-hidden="true">
      <circle cx="24" cy="24" r="22" class="direction__ring" />
      <path d="M24 1.5 29 9H19z" fill="currentColor" transform={`rotate(${bearingDeg} 24 24)`} />
      {/* The drawing looks to the left. */}
      <g transform={bearingDeg > 0 && bearingDeg < 180 ? "translate(39 14) scale(-.46 .46)" : "translate(9 14) scale(.46)"}>
        <path d={ELEPHANT} fill="currentColor" />
      </g>
    </svg>
  );
}

const TABS = {
  alerts: "M12 2a6 6 0 0 0-6 6v5l-2 4h16l-2-4V8a6 6 0 0 0-6-6zM9.5 19a2.5 2.5 0 0 0 5 0z",
  map: "M2 5l6-2.5 8 3L22 3v16l-6 2.5-8-3L2 21zM8 2.5v16M16 5.5v16",
  report: "M12 4v16M4 12h16",
  settings: "M4 6h16M4 12h16M4 18h16M9 4v4M16 10v4M7 16v4",
};

/** What a button does, drawn: whoever cannot read answers as well. */
const PICTOGRAMS = {
  seen: "M1.8 12C5.5 5.5 18.5 5.5 22.2 12 18.5 18.5 5.5 18.5 1.8 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
  on_my_way: "M13.5 2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM12.7 8.3l-1.8 6.2 3.8 2.5 1 5M10.9 14.5l-1.5 4-3.4 3.3M12.7 8.3 9 10l-1.5 3.5M13 9l2.5 3 3.5 1",
  false_alarm: "M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 0 0 0-21zM8 8l8 8M16 8l-8 8",
  all_clear: "M2.5 2.5h19v19h-19zM7 12.5l3.6 3.8L17 8.5",
  confirm: "M3.5 12.5l5.5 6L20.5 5.5",
  listen: "M3 9v6h4l6 5V4L7 9zM16.5 8.5c2 2 2 5 0 7M19 5.5c4 4 4 9 0 13",
  measure: "M12 1.5v5M12 17.5v5M1.5 12h5M17.5 12h5M12 6.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z",
  map: TABS.map,
};

export function Pictogram({ of }: { of: keyof typeof PICTOGRAMS }) {
  return (
    <svg class="pictogram" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PICTOGRAMS[of]} />
    </svg>
  );
}

const HOUR_MS = 3_600_000;

/** How long ago, as on the face of a clock: a quarter full is a quarter of an hour, full an hour or more. */
export function Age({ ms }: { ms: number }) {
  const share = Math.min(Math.max(ms / HOUR_MS, 0.02), 1);
  return (
    <svg class="age" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="10.5" />
      <circle cx="12" cy="12" r="4.5" class="age__past" pathLength="1" stroke-dasharray={`${share} 1`} transform="rotate(-90 12 12)" />
    </svg>
  );
}

const HEADING_DEG: Record<Heading, number> = { n: 0, ne: 45, e: 90, se: 135, s: 180, sw: 225, w: 270, nw: 315 };

export function bearingOf(heading: Heading): number {
  return HEADING_DEG[heading];
}

export function Compass({ heading }: { heading: Heading }) {
  return (
    <svg class="compass" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 3 19 13h-4.5v8h-5v-8H5z" fill="currentColor" transform={`rotate(${HEADING_DEG[heading]} 12 12)`} />
    </svg>
  );
}

export function TabSign({ tab }: { tab: keyof typeof TABS }) {
  return (
    <svg class={`tab__sign tab__sign--${tab}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={TABS[tab]} />
    </svg>
  );
}
