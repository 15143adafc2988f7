/** A faint grid in kilometres: distances can be read off a map that has no tiles. */
import L from "leaflet";

const STEPS_KM = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const WANTED_PX = 70;
const MOST_LINES = 80;
const KM_PER_DEGREE = 111.32;

/** The smallest step whose lines lie far enough apart. */
export function gridStepKm(pixelsPerKm: number): number {
  return STEPS_KM.find((step) => step * pixelsPerKm >= WANTED_PX) ?? 100;
}

/** Draw the grid anew for what is in sight; returns its step. */
export function drawGrid(map: L.Map, layer: L.LayerGroup, pixelsPerKm: number): number {
  layer.clearLayers();
  const stepKm = gridStepKm(pixelsPerKm);
  const bounds = map.getBounds().pad(0.2);
  const latitudes = stepsBetween(bounds.getSouth(), bounds.getNorth(), stepKm / KM_PER_DEGREE);
  const shrink = Math.cos((map.getCenter().lat * Math.PI) / 180);
  // The step in longitude is taken at one rounded latitude, so that panning does not make the lines swim.
  const stepLongitude = stepKm / (KM_PER_DEGREE * Math.round(shrink * 50) * 0.02);
  const longitudes = stepsBetween(bounds.getWest(), bounds.getEast(), stepLongitude);
  for (const latitude of latitudes) {
    line(layer, [latitude, bounds.getWest()], [latitude, bounds.getEast()]);
  }
  for (const longitude of longitudes) {
    line(layer, [bounds.getSouth(), longitude], [bounds.getNorth(), longitude]);
  }
  return stepKm;
}

function stepsBetween(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.min(MOST_LINES, Math.floor(to / step) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

function line(layer: L.LayerGroup, from: L.LatLngTuple, to: L.LatLngTuple): void {
  L.polyline([from, to], { className: "grid-line", weight: 1, interactive: false, pane: "grid" }).addTo(layer);
}
