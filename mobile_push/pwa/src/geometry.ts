// Metres and directions between places a day's walk apart. Pure.
export interface LatLng {
  latitude: number;
  longitude: number;
}

const METRES_PER_DEGREE = 111_320;

function step(from: LatLng, to: LatLng): [eastM: number, northM: number] {
  const middle = (((from.latitude + to.latitude) / 2) * Math.PI) / 180;
  const turn = ((to.longitude - from.longitude + 540) % 360) - 180;
  return [
    turn * METRES_PER_DEGREE * Math.cos(middle),
    (to.latitude - from.latitude) * METRES_PER_DEGREE,
  ];
}

export function distanceM(from: LatLng, to: LatLng): number {
  return Math.hypot(...step(from, to));
}

/** From one place to another, 0 north, 90 east. */
export function bearingDeg(from: LatLng, to: LatLng): number {
  const [east, north] = step(from, to);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** The way of a path's last step that is long enough to mean something; null if it stands. */
export function headingOf(path: readonly LatLng[], leastM: number): number | null {
  const last = path.at(-1);
  if (last === undefined) return null;
  const before = path.findLast((point) => distanceM(point, last) >= leastM);
  return before === undefined ? null : bearingDeg(before, last);
}
