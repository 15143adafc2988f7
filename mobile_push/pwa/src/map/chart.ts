// Fences, stations, herds and oneself, on a map that needs no tiles.
import "leaflet/dist/leaflet.css";
import "./chart.css";

import L from "leaflet";
import { h, render } from "preact";

import { Elephant } from "../parts/signs";
import type { Alert, FenceProperties, Herd, SiteMap } from "../shared/wire";
import { t } from "../state/state";
import { type Datum, fromTiles, onTiles } from "./datum";

const FIRST_ZOOM = 12;
const CLOSEST_ZOOM = 15;

export class Chart {
  private readonly map: L.Map;
  private readonly drawn: L.FeatureGroup;
  private readonly self = L.layerGroup();
  private readonly picked = L.layerGroup();
  private tiles: L.GridLayer | null = null;
  /** Of the tiles, if there are any: everything else is drawn to fit them. */
  private datum: Datum = "wgs84";
  private hasView = false;

  constructor(element: HTMLElement, latitude: number, longitude: number) {
    this.map = L.map(element, { attributionControl: false, maxZoom: 18, zoomSnap: 0.25 });
    this.map.setView([latitude, longitude], FIRST_ZOOM);
    this.drawn = L.featureGroup().addTo(this.map);
    this.self.addTo(this.map);
    this.picked.addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
  }

  /** Lay the site's pictures under everything, or take them away. */
  async lay(blob: Blob | null, name: string, datum: Datum): Promise<void> {
    this.tiles?.remove();
    this.tiles = blob === null ? null : await (await import("./tiles")).tileLayer(blob, name);
    this.datum = this.tiles === null ? "wgs84" : datum;
    this.tiles?.addTo(this.map);
  }

  /** `open`: the alerts of concern, the most dangerous first. */
  show(site: SiteMap, open: Alert[]): void {
    this.drawn.clearLayers();
    this.drawFences(site, open);
    for (const herd of site.herds) this.drawForecast(herd);
    for (const station of site.stations) this.drawStation(station);
    for (const herd of site.herds) this.drawHerd(herd, open);
    this.showAll();
  }

  showMe(latitude: number, longitude: number, accuracyM: number): void {
    const here = this.at(latitude, longitude);
    this.self.clearLayers();
    L.circle(here, { radius: accuracyM, className: "mark-me-around" }).addTo(this.self);
    L.circleMarker(here, { radius: 9, className: "mark-me" })
      .bindTooltip(t("map.me.here"), { permanent: true, direction: "top", offset: [0, -8] })
      .addTo(this.self);
    this.map.setView(here, Math.max(this.map.getZoom(), FIRST_ZOOM));
  }

  /** Tell each place that is tapped, in WGS 84. The keyboard moves the map; Enter takes its middle. */
  onPick(tell: (latitude: number, longitude: number) => void): void {
    const pick = ({ lat, lng }: L.LatLng) => {
      const place = fromTiles({ latitude: lat, longitude: lng }, this.datum);
      tell(place.latitude, place.longitude);
    };
    this.map.on("click", (event) => pick(event.latlng));
    this.map.on("keydown", ({ originalEvent }) => {
      if (originalEvent.key === "Enter") pick(this.map.getCenter());
    });
  }

  showPicked(latitude: number, longitude: number): void {
    this.picked.clearLayers();
    const here = this.at(latitude, longitude);
    L.marker(here, { icon: elephantIcon("mark-herd mark-herd--picked"), interactive: false })
      .addTo(this.picked)
      .getElement()
      ?.setAttribute("aria-hidden", "true");
  }

  remove(): void {
    this.map.remove();
  }

  private at(latitude: number, longitude: number): L.LatLngTuple {
    const drawn = onTiles({ latitude, longitude }, this.datum);
    return [drawn.latitude, drawn.longitude];
  }

  private drawFences(site: SiteMap, open: Alert[]): void {
    L.geoJSON<FenceProperties>(site.geofences, {
      coordsToLatLng: ([longitude = 0, latitude = 0]) => L.latLng(this.at(latitude, longitude)),
      style: (fence) => ({ className: fenceClass(fence?.properties, open) }),
      onEachFeature: (fence, layer) =>
        layer.bindTooltip(plain(fence.properties.name), {
          permanent: true,
          direction: "center",
          className: "fence-name",
        }),
    }).addTo(this.drawn);
  }

  /** Where it may be by then; the latest first and faintest. */
  private drawForecast({ forecast = [] }: Herd): void {
    const latestFirst = [...forecast].sort((a, b) => b.after_min - a.after_min);
    for (const { area } of latestFirst) {
      const rings = area.coordinates.map((ring) =>
        ring.map(([longitude = 0, latitude = 0]) => this.at(latitude, longitude)),
      );
      L.polygon(rings, { className: "mark-forecast", interactive: false }).addTo(this.drawn);
    }
  }

  private drawStation(station: SiteMap["stations"][number]): void {
    L.circleMarker(this.at(station.latitude, station.longitude), {
      radius: 7,
      className: `mark-station mark-station--${station.state.replace(/\W/g, "")}`,
    })
      .bindTooltip(plain(station.name), { direction: "right", offset: [8, 0] })
      .addTo(this.drawn);
  }

  private drawHerd(herd: Herd, open: Alert[]): void {
    const path = herd.path.map(({ latitude, longitude }) => this.at(latitude, longitude));
    const last = path.at(-1);
    if (last === undefined) return;
    const drill = herd.simulated ? " mark-herd--drill" : "";
    L.polyline(path, { className: "mark-path" }).addTo(this.drawn);
    const uncertaintyM = open.find((alert) => alert.herd_id === herd.id)?.position.uncertainty_m ?? 0;
    L.circle(last, { radius: uncertaintyM, className: "mark-around" }).addTo(this.drawn);
    const name = herd.simulated ? `${t("drill.word")}: ${t("map.herd")}` : t("map.herd");
    L.marker(last, { icon: elephantIcon(`mark-herd${drill}`) })
      .bindTooltip(name, { permanent: herd.simulated, direction: "bottom", offset: [0, 16] })
      .addTo(this.drawn)
      .getElement()
      ?.setAttribute("aria-label", name);
  }

  /** Once: afterwards the map stays where the person has put it. */
  private showAll(): void {
    const bounds = this.drawn.getBounds();
    if (this.hasView || !bounds.isValid()) return; // a site without places yet
    this.map.fitBounds(bounds.pad(0.15), { maxZoom: CLOSEST_ZOOM });
    this.hasView = true;
  }
}

function fenceClass(fence: FenceProperties | undefined, open: Alert[]): string {
  const alert = open.find((one) => one.geofence.id === fence?.id);
  const level = alert === undefined ? "" : ` fence--${alert.level}`;
  // A road is a line: filled, its bends would look like an area.
  const road = fence?.kind === "road" ? " fence--road" : "";
  return `fence${fence?.followed ? " fence--followed" : ""}${level}${road}`;
}

function elephantIcon(className: string): L.DivIcon {
  const html = document.createElement("div");
  render(h(Elephant, {}), html);
  return L.divIcon({ className, html, iconSize: [44, 44] });
}

/** Leaflet reads a tooltip's text as HTML; a name is text. */
function plain(text: string): HTMLElement {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}
