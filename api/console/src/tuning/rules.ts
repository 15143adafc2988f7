/** What a curve says of a promise, on the page. Pure. */
import type { Point, Share } from "./contract";

export const DAYS_PER_MONTH = 30;

/** The mildest threshold that keeps a promise: from the strictest down, until the first that breaks it. */
export function keeping(points: Point[], oneInDays: number): Point | null {
  let kept: Point | null = null;
  for (const point of [...points].reverse()) {
    if (point.false_per_day_at_most > 1 / oneInDays) break;
    kept = point;
  }
  return kept;
}

/** The point of the curve nearest to a threshold. */
export function nearest(points: Point[], threshold: number): Point | null {
  let best: Point | null = null;
  for (const point of points) {
    if (best === null || Math.abs(point.threshold - threshold) < Math.abs(best.threshold - threshold)) {
      best = point;
    }
  }
  return best;
}

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${(value * 100).toFixed(value > 0.995 || value < 0.1 ? 1 : 0)} %`;
}

/** "83 % (70–92)" */
export function interval(share: Share | null): string {
  if (share === null || share[0] === null) return "–";
  const [low, high] = [share[1], share[2]].map((end) => Math.round(end * 100));
  return `${percent(share[0])} (${low}–${high})`;
}

export function rate(perMonth: number | null): string {
  if (perMonth === null || perMonth >= 1e5) return "–";
  return perMonth < 10 ? perMonth.toFixed(1) : Math.round(perMonth).toString();
}

/** How often, in words: "1 in 34 days", "2.1 a day". */
export function oneIn(perDay: number): string {
  if (perDay <= 0) return "none seen";
  return perDay >= 1 ? `${perDay.toFixed(1)} a day` : `1 in ${Math.round(1 / perDay)} days`;
}
