// Fences, stations, herds and oneself, on a map that needs no tiles.
import "leaflet/dist/leaflet.css";
import "./chart.css";

import L from "leaflet";
import { h, render } from "preact";

import { isOpen } from "../alerts";
import { Elephant } from "../parts/signs";
import type { Alert, FenceProperties, SiteMap } from "../shared/wire";
import { t } from "../state/state";

const FIRST_ZOOM = 12;
const CLOSEST_ZOOM = 15;

export class Chart {
  private readonly map: L.Map;
  private readonly drawn: L.FeatureGroup;
  private readonly self = L.layerGroup();
  private hasView = false;

  constructor(element: HTMLElement, latitude: number, longitude: number) {
    this.map = L.map(element, { attributionControl: false, maxZoom: 18, zoomSnap: 0.25 });
    this.map.setView([latitude, longitude], FIRST_ZOOM);
    this.drawn = L.featureGroup().addTo(this.map);
    this.self.addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
  }

  show(site: SiteMap, alerts: Alert[]): void {
    this.drawn.clearLayers();
    const open = alerts.filter(isOpen);
    this.drawFences(site, open);
    for (const station of site.stations) this.drawStation(station);
    for (const herd of site.herds) this.drawHerd(herd, open);
    this.showAll();
  }

  showMe(latitude: number, longitude: number, accuracyM: number): void {
    const here: L.LatLngTuple = [latitude, longitude];
    this.self.clearLayers();
    L.circle(here, { radius: accuracyM, className: "mark-me-around" }).addTo(this.self);
    L.circleMarker(here, { radius: 9, className: "mark-me" })
      .bindTooltip(t("map.me.here"), { permanent: true, direction: "top", offset: [0, -8] })
      .addTo(this.self);
    this.map.setView(here, Math.max(this.map.getZoom(), FIRST_ZOOM));
  }

  remove(): void {
    this.map.remove();
  }

  private drawFences(site: SiteMap, open: Alert[]): void {
    L.geoJSON<FenceProperties>(site.geofences, {
      style: (fence) => ({ className: fenceClass(fence?.properties, open) }),
      onEachFeature: (fence, layer) =>
        layer.bindTooltip(plain(fence.properties.name), {
          permanent: true,
          direction: "center",
          className: "fence-name",
        }),
    }).addTo(this.drawn);
  }

  private drawStation(station: SiteMap["stations"][number]): void {
    L.circleMarker([station.latitude, station.longitude], {
      radius: 7,
      className: `mark-station mark-station--${station.state.replace(/\W/g, "")}`,
    })
      .bindTooltip(plain(station.name), { direction: "right", offset: [8, 0] })
      .addTo(this.drawn);
  }

  private drawHerd(herd: SiteMap["herds"][number], open: Alert[]): void {
    const path = herd.path.map(({ latitude, longitude }): L.LatLngTuple => [latitude, longitude]);
    const last = path.at(-1);
    if (last === undefined) return;
    const drill = herd.simulated ? " mark-herd--drill" : "";
    L.polyline(path, { className: "mark-path" }).addTo(this.drawn);
    const uncertaintyM = open.find((alert) => alert.herd_id === herd.id)?.position.uncertainty_m ?? 0;
    L.circle(last, { radius: uncertaintyM, className: "mark-around" }).addTo(this.drawn);
    const name = herd.simulated ? `${t("drill.word")}: ${t("map.herd")}` : t("map.herd");
    L.marker(last, { icon: elephantIcon(`mark-herd${drill}`), alt: name })
      .bindTooltip(name, { permanent: herd.simulated, direction: "bottom", offset: [0, 16] })
      .addTo(this.drawn);
  }

  /** Once: afterwards the map stays where the person has put it. */
  private showAll(): void {
    if (this.hasView || this.drawn.getLayers().length === 0) return;
    this.map.fitBounds(this.drawn.getBounds().pad(0.15), { maxZoom: CLOSEST_ZOOM });
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
