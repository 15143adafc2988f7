// WGS 84, which receivers and our server speak, and GCJ-02, by which maps in China are shifted by some
// hundred metres. The shift is a published curiosity, not an inverse: back we go by closing in.
import type { LatLng } from "../geometry";

export type Datum = "wgs84" | "gcj02";

const AXIS_M = 6_378_245; // Krasovsky's ellipsoid
const ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943;
const CLOSE_ENOUGH_DEG = 1e-9;

/** Where a place is drawn on tiles of this datum. */
export function onTiles(place: LatLng, datum: Datum): LatLng {
  if (datum === "wgs84" || !isShifted(place)) return place;
  const [latitude, longitude] = shift(place);
  return { latitude: place.latitude + latitude, longitude: place.longitude + longitude };
}

/** The place of a point on tiles of this datum; within a millimetre. */
export function fromTiles(drawn: LatLng, datum: Datum): LatLng {
  let guess = drawn;
  for (let round = 0; round < 20; round++) {
    const shown = onTiles(guess, datum);
    const offLatitude = drawn.latitude - shown.latitude;
    const offLongitude = drawn.longitude - shown.longitude;
    guess = { latitude: guess.latitude + offLatitude, longitude: guess.longitude + offLongitude };
    if (Math.max(Math.abs(offLatitude), Math.abs(offLongitude)) < CLOSE_ENOUGH_DEG) break;
  }
  return guess;
}

/** The rectangle around China within which tiles are shifted; across its edge there is a step. */
export function isShifted({ latitude, longitude }: LatLng): boolean {
  return longitude > 72.004 && longitude < 137.8347 && latitude > 0.8293 && latitude < 55.8271;
}

function shift({ latitude, longitude }: LatLng): [latitudeDeg: number, longitudeDeg: number] {
  const [x, y] = [longitude - 105, latitude - 35];
  const radians = (latitude / 180) * Math.PI;
  const magic = 1 - ECCENTRICITY_SQUARED * Math.sin(radians) ** 2;
  const root = Math.sqrt(magic);
  const north = (AXIS_M * (1 - ECCENTRICITY_SQUARED)) / (magic * root);
  const east = (AXIS_M / root) * Math.cos(radians);
  return [
    (northM(x, y) * 180) / (north * Math.PI),
    (eastM(x, y) * 180) / (east * Math.PI),
  ];
}

function wave(amplitude: number, angle: number): number {
  return (amplitude * Math.sin(angle * Math.PI) * 2) / 3;
}

function northM(x: number, y: number): number {
  return (
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) +
    wave(20, 6 * x) + wave(20, 2 * x) +
    wave(20, y) + wave(40, y / 3) +
    wave(160, y / 12) + wave(320, y / 30)
  );
}

function eastM(x: number, y: number): number {
  return (
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) +
    wave(20, 6 * x) + wave(20, 2 * x) +
    wave(20, x) + wave(40, x / 3) +
    wave(150, x / 12) + wave(300, x / 30)
  );
}
