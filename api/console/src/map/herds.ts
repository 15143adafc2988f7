/** Herds on the map: where they went and can be soon. On one canvas: a site may have thousands of points. */
import L from "leaflet";
import { service } from "../service/client";
import type { HerdPath, Id } from "../service/contract";
import { drawnAhead } from "./ahead";
import { element } from "./element";
import { herdTip } from "./pins";

const AREA = { color: "#7a4b12", weight: 1, opacity: 0.5, dashArray: "4 4", interactive: false };

export class Herds {
  readonly #layers: L.LayerGroup;
  readonly #canvas: L.Canvas;

  constructor(map: L.Map) {
    // Over the zones: in one pane with them, Leaflet lays a canvas under what is drawn as SVG.
    map.createPane("herds").style.zIndex = "450";
    this.#canvas = drawnAhead(L.canvas, "herds");
    this.#layers = L.layerGroup().addTo(map);
  }

  /** Show these alone. `now` tells the moment at which somebody points at one. */
  draw(herds: HerdPath[], now: () => number): void {
    this.#layers.clearLayers();
    const colours = getComputedStyle(document.documentElement);
    const [ink, ground] = ["--ink", "--ground"].map((name) => colours.getPropertyValue(name).trim());
    for (const herd of herds) this.#areas(herd);
    for (const herd of herds) this.#path(herd, ink ?? "", ground ?? "", now);
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

  #path(herd: HerdPath, ink: string, ground: string, now: () => number): void {
    const points = herd.path.map(({ latitude, longitude }): L.LatLngTuple => [latitude, longitude]);
    const line: L.PolylineOptions = { color: ink, weight: 3, opacity: 0.85, interactive: false };
    if (herd.simulated) line.dashArray = "7 6";
    L.polyline(points, { ...line, renderer: this.#canvas }).addTo(this.#layers);
    points.forEach((point, index) => {
      const isLast = index === points.length - 1;
      if (!isLast && !herd.in_full) return; // of many herds, the way
      const radius = isLast ? 8 : 4;
      const dot = { color: ground, weight: 2, fillColor: ink, fillOpacity: 1, radius };
      L.circleMarker(point, { ...dot, renderer: this.#canvas })
        .bindTooltip(() => element(herdTip(herd, index, now())))
        .on("tooltipopen", ({ tooltip }) => {
          if (!herd.in_full) this.#ask(herd.id, tooltip, now);
        })
        .addTo(this.#layers);
    });
  }

  /** To whom a herd may come the server says of many only when somebody points at one. */
  #ask(id: Id, tooltip: L.Tooltip, now: () => number): void {
    service.herd(id).then(
      (herd) => tooltip.setContent(element(herdTip(herd, herd.path.length - 1, now()))),
      () => undefined, // what is known stands there already
    );
  }
}
