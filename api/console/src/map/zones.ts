/** Geofences with their buffer and watch zone, drawn to scale. */
import L from "leaflet";
import { phrases } from "../phrases";
import type { AlertLevel, Geofences, Id } from "../service/contract";
import type { Pin } from "./pins_layer";

const EQUATOR_M = 40_075_016.686;
const TILE_PX = 256;

/** How many pixels one metre takes at a zoom of the web's Mercator map. */
export function pixelsPerMetre(latitude: number, zoom: number): number {
  const metres = (EQUATOR_M * Math.cos((latitude * Math.PI) / 180)) / TILE_PX / 2 ** zoom;
  return 1 / metres;
}

type Margin = "watch_m" | "buffer_m";

/**
 * The zones around a geofence: a band `margin` wide on each side is its outline drawn with a line twice
 * as wide, round at the corners. So the browser does the geometry, exactly.
 */
export class Zones {
  readonly #bands: L.GeoJSON[];
  readonly #areas: L.GeoJSON;

  constructor(
    private readonly map: L.Map,
    geofences: Geofences,
    levels: Map<Id, AlertLevel>,
  ) {
    this.#bands = (["watch_m", "buffer_m"] as const).map((margin) => this.#band(geofences, margin));
    this.#areas = L.geoJSON(geofences, {
      style: (feature) => ({
        className: `zone-area ${shape(feature)} ${levels.get(feature?.properties.id) ?? ""}`,
        weight: 2,
      }),
    }).addTo(map);
    this.rescale();
  }

  #band(geofences: Geofences, margin: Margin): L.GeoJSON {
    return L.geoJSON(geofences, {
      interactive: false,
      style: { className: `zone-band ${margin}`, noClip: true } as L.PathOptions,
    }).addTo(this.map);
  }

  /** After a zoom: a metre has another number of pixels. */
  rescale(): void {
    const scale = pixelsPerMetre(this.map.getCenter().lat, this.map.getZoom());
    for (const [index, margin] of (["watch_m", "buffer_m"] as const).entries()) {
      this.#bands[index]?.setStyle((feature) => ({
        weight: 2 * (feature?.properties[margin] ?? 0) * scale,
      }));
    }
  }

  bounds(): L.LatLngBounds {
    return this.#areas.getBounds();
  }

  /** What each is called, in its middle. */
  names(): Pin[] {
    return this.#drawn().map((area) => ({
      at: area.getCenter(),
      className: "zone-name",
      name: area.feature?.properties.name as string,
    }));
  }

  centreOf(id: Id): L.LatLng | null {
    const found = this.#drawn().find(({ feature }) => feature?.properties.id === id);
    return found?.getBounds().getCenter() ?? null;
  }

  /** Villages and roads alike: a polygon is a polyline too. */
  #drawn(): L.Polyline[] {
    return this.#areas.getLayers().filter((layer) => layer instanceof L.Polyline);
  }

  remove(): void {
    for (const layer of [...this.#bands, this.#areas]) layer.remove();
  }
}

/** A village is an area to fill, a road may be a line. */
function shape(feature: GeoJSON.Feature | undefined): string {
  return feature?.geometry.type.endsWith("LineString") ? "line" : "area";
}

export function kindName(kind: string): string {
  return phrases.map.kinds[kind] ?? kind;
}
