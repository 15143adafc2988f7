/** Herds on the map: where they went and can be soon. On one canvas: a site may have thousands of points. */
import L from "leaflet";
import type { HerdPath } from "../service/contract";
import { element } from "./element";
import { herdTip } from "./pins";

const AREA = { color: "#7a4b12", weight: 1, opacity: 0.5, dashArray: "4 4", interactive: false };

/** Of so many herds, those seen last, each place and the areas to come are drawn; of the others the way. */
const DRAWN_IN_FULL = 30;

export class Herds {
  readonly #layers: L.LayerGroup;
  readonly #canvas: L.Canvas;

  constructor(map: L.Map) {
    // Over the zones: in one pane with them, Leaflet lays a canvas under what is drawn as SVG.
    map.createPane("herds").style.zIndex = "450";
    this.#canvas = L.canvas({ padding: 0.2, pane: "herds" });
    this.#layers = L.layerGroup().addTo(map);
  }

  /** Show these alone. `now` tells the moment at which somebody points at one. */
  draw(herds: HerdPath[], now: () => number): void {
    this.#layers.clearLayers();
    const colours = getComputedStyle(document.documentElement);
    const [ink, ground] = ["--ink", "--ground"].map((name) => colours.getPropertyValue(name).trim());
    for (const herd of herds.slice(0, DRAWN_IN_FULL)) this.#areas(herd);
    for (const [index, herd] of herds.entries()) {
      const from = index < DRAWN_IN_FULL ? 0 : herd.path.length - 1;
      this.#path(herd, from, ink ?? "", ground ?? "", now);
    }
  }

  #areas({ forecast }: HerdPath): void {
    for (const { after_min, area } of [...forecast].reverse()) {
      const corners = area.coordinates.map((ring) =>
        ring.map(([longitude, latitude]): L.LatLngTuple => [latitude ?? 0, longitude ?? 0]),
      );
      const fillOpacity = after_min === 60 ? 0.02 : 0.07; // faintest for the hour
      L.polygon(corners, { ...AREA, fillOpacity, renderer: this.#canvas }).addTo(this.#layers);
    }
  }

  #path(herd: HerdPath, from: number, ink: string, ground: string, now: () => number): void {
    const points = herd.path.map(({ latitude, longitude }): L.LatLngTuple => [latitude, longitude]);
    const line: L.PolylineOptions = { color: ink, weight: 3, opacity: 0.85, interactive: false };
    if (herd.simulated) line.dashArray = "7 6";
    L.polyline(points, { ...line, renderer: this.#canvas }).addTo(this.#layers);
    points.forEach((point, index) => {
      if (index < from) return;
      const radius = index === points.length - 1 ? 8 : 4;
      const dot = { color: ground, weight: 2, fillColor: ink, fillOpacity: 1, radius };
      L.circleMarker(point, { ...dot, renderer: this.#canvas })
        .bindTooltip(() => element(herdTip(herd, index, now())))
        .addTo(this.#layers);
    });
  }
}
