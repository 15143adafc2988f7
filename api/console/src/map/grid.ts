/** A faint grid in kilometres: distances can be read off a map that has no tiles. */
import L from "leaflet";
import { PADDING, drawnAhead } from "./ahead";
import { pixelsPerMetre } from "./zones";

const STEPS_KM = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const WANTED_PX = 70;
const MOST_LINES = 80;
const KM_PER_DEGREE = 111.32;

/** The smallest step whose lines lie far enough apart. */
export function gridStepKm(pixelsPerKm: number): number {
  return STEPS_KM.find((step) => step * pixelsPerKm >= WANTED_PX) ?? 100;
}

/** Drawn for more than is in sight, and anew when that is left. */
export class Grid {
  readonly #lines: L.LayerGroup;
  readonly #renderer = drawnAhead(L.svg, "grid");
  #drawn: { zoom: number; bounds: L.LatLngBounds } | null = null;

  constructor(
    private readonly map: L.Map,
    private readonly changed: (stepKm: number) => void,
  ) {
    this.#lines = L.layerGroup().addTo(map);
  }

  draw(): void {
    const zoom = this.map.getZoom();
    if (this.#drawn?.zoom === zoom && this.#drawn.bounds.contains(this.map.getBounds())) return;
    this.#drawn = { zoom, bounds: this.map.getBounds().pad(PADDING) };
    const scale = pixelsPerMetre(this.map.getCenter().lat, zoom) * 1000;
    this.changed(this.#drawLines(this.#drawn.bounds, gridStepKm(scale)));
  }

  #drawLines(bounds: L.LatLngBounds, stepKm: number): number {
    this.#lines.clearLayers();
    const latitudes = stepsBetween(bounds.getSouth(), bounds.getNorth(), stepKm / KM_PER_DEGREE);
    const shrink = Math.cos((this.map.getCenter().lat * Math.PI) / 180);
    // The step in longitude is taken at one rounded latitude, so that panning does not make the lines swim.
    const stepLongitude = stepKm / (KM_PER_DEGREE * Math.round(shrink * 50) * 0.02);
    const longitudes = stepsBetween(bounds.getWest(), bounds.getEast(), stepLongitude);
    const lines: L.LatLngTuple[][] = [
      ...latitudes.map((latitude): L.LatLngTuple[] => [[latitude, bounds.getWest()], [latitude, bounds.getEast()]]),
      ...longitudes.map((longitude): L.LatLngTuple[] => [[bounds.getSouth(), longitude], [bounds.getNorth(), longitude]]),
    ];
    const look = { className: "grid-line", weight: 1, interactive: false, pane: "grid", renderer: this.#renderer };
    L.polyline(lines, look).addTo(this.#lines);
    return stepKm;
  }
}

function stepsBetween(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.min(MOST_LINES, Math.floor(to / step) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}
