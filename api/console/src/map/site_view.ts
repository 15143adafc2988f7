/** The drawing of the site: what Leaflet shows, kept in step with what is known. */
import L from "leaflet";
import type { VNode } from "preact";
import type { Alert, AlertLevel, Id, SiteMap, Station } from "../service/contract";
import { condition } from "../stations/rules";
import type { Corner, Shape } from "./fences/rules";
import { Sketch } from "./fences/sketch";
import { element } from "./element";
import { drawGrid } from "./grid";
import { Herds } from "./herds";
import { alertPin, alertTip, stationPin, stationTip } from "./pins";
import { Zones, nameTag, pixelsPerMetre } from "./zones";

export interface Scene {
  site: SiteMap;
  stations: Station[];
  alerts: Alert[];
  now: number;
}

export class SiteView {
  readonly #map: L.Map;
  readonly #grid: L.LayerGroup;
  readonly #moving: L.LayerGroup;
  readonly #herds: Herds;
  #zones: Zones | null = null;
  #drawnZones = "";
  #drawnPins = "";
  #drawnSite: SiteMap | null = null;
  #scene: Scene | null = null;

  constructor(
    place: HTMLElement,
    home: L.LatLngTuple,
    private readonly gridChanged: (stepKm: number) => void,
  ) {
    this.#map = L.map(place, { attributionControl: false, zoomSnap: 0.5, renderer: L.svg({ padding: 1 }) });
    this.#map.createPane("grid").style.zIndex = "250";
    this.#map.setView(home, 12);
    L.control.scale({ imperial: false, maxWidth: 160 }).addTo(this.#map);
    this.#grid = L.layerGroup().addTo(this.#map);
    this.#herds = new Herds(this.#map);
    this.#moving = L.layerGroup().addTo(this.#map);
    this.#map.on("moveend zoomend", () => this.#drawGrid());
    this.#map.on("zoomend", () => this.#zones?.rescale());
    this.#drawGrid();
  }

  #drawGrid(): void {
    const scale = pixelsPerMetre(this.#map.getCenter().lat, this.#map.getZoom()) * 1000;
    this.gridChanged(drawGrid(this.#map, this.#grid, scale));
  }

  /** Show this; the view stays where it is, except the first time. */
  draw(scene: Scene): void {
    const first = this.#scene === null;
    this.#scene = scene;
    this.#drawZones(scene);
    this.#drawPins(scene);
    if (first) this.showWhole(scene);
  }

  /** Anew only when something looks different: an open popup must not close at every heartbeat. */
  #drawPins(scene: Scene): void {
    if (scene.site !== this.#drawnSite) this.#herds.draw(scene.site.herds, () => this.#scene?.now ?? scene.now);
    this.#drawnSite = scene.site;
    const wanted = appearance(scene);
    if (wanted === this.#drawnPins) return;
    this.#drawnPins = wanted;
    this.#moving.clearLayers();
    for (const station of scene.stations) this.#drawStation(station, scene.now);
    for (const alert of scene.alerts) this.#drawAlert(alert);
  }

  #drawZones({ site, alerts }: Scene): void {
    const levels = worstByGeofence(alerts);
    const wanted = JSON.stringify([site.geofences, [...levels]]);
    if (wanted === this.#drawnZones) return;
    this.#drawnZones = wanted;
    this.#zones?.remove();
    this.#zones = new Zones(this.#map, site.geofences, levels);
  }

  #drawStation(station: Station, now: number): void {
    L.marker([station.latitude, station.longitude], {
      icon: icon(stationPin(station, now), "station-pin", 26),
      alt: station.name,
      title: station.name,
    })
      .bindTooltip(nameTag(station.name), { permanent: true, direction: "bottom", offset: [0, 9], className: "name-tag" })
      .bindPopup(() => this.#stationSays(station))
      .addTo(this.#moving);
  }

  /** What is known when the popup opens, which may be more than when the pin was set. */
  #stationSays(pinned: Station): HTMLElement {
    const station = this.#scene?.stations.find(({ id }) => id === pinned.id) ?? pinned;
    return element(stationTip(station, this.#scene?.now ?? Date.now()));
  }

  #alertSays(pinned: Alert): HTMLElement {
    const alert = this.#scene?.alerts.find(({ id }) => id === pinned.id) ?? pinned;
    return element(alertTip(alert, this.#scene?.now ?? Date.now()));
  }

  #drawAlert(alert: Alert): void {
    const at: L.LatLngTuple = [alert.position.latitude, alert.position.longitude];
    L.circle(at, {
      radius: alert.position.uncertainty_m,
      className: `alert-circle ${alert.level}`,
      weight: 2,
      interactive: false,
    }).addTo(this.#moving);
    const centre = this.#zones?.centreOf(alert.geofence.id);
    if (centre) {
      L.polyline([at, centre], { className: `alert-line ${alert.level}`, weight: 2, interactive: false }).addTo(this.#moving);
    }
    L.marker(at, {
      icon: icon(alertPin(alert), "alert-pin", 30, 14),
      zIndexOffset: 500,
      alt: alert.geofence.name,
      title: alert.geofence.name,
    })
      .bindPopup(() => this.#alertSays(alert))
      .addTo(this.#moving);
  }

  showWhole({ site, stations }: Scene): void {
    const bounds = this.#zones?.bounds() ?? L.latLngBounds([]);
    for (const { latitude, longitude } of stations) bounds.extend([latitude, longitude]);
    for (const herd of site.herds) for (const { latitude, longitude } of herd.path) bounds.extend([latitude, longitude]);
    if (bounds.isValid()) this.#map.fitBounds(bounds.pad(0.12), { maxZoom: 16 });
  }

  show(latitude: number, longitude: number): void {
    this.#map.setView([latitude, longitude], Math.max(this.#map.getZoom(), 14));
  }

  /** Let somebody set corners on the map. */
  sketch(shape: Shape, changed: (corners: Corner[]) => void, cancelled: () => void): Sketch {
    return new Sketch(this.#map, shape, changed, cancelled);
  }

  remove(): void {
    this.#map.remove();
  }
}

/** All that decides how the pins look. */
function appearance({ stations, alerts, now }: Scene): string {
  return JSON.stringify([
    stations.map((station) => [
      station.id,
      station.name,
      station.latitude,
      station.longitude,
      condition(station, now),
    ]),
    alerts.map(({ id, level, position, geofence }) => [id, level, position, geofence.id]),
  ]);
}

function worstByGeofence(alerts: Alert[]): Map<Id, AlertLevel> {
  const order: AlertLevel[] = ["watch", "warning", "danger"];
  const worst = new Map<Id, AlertLevel>();
  for (const { geofence, level } of alerts) {
    const known = worst.get(geofence.id);
    if (!known || order.indexOf(level) > order.indexOf(known)) worst.set(geofence.id, level);
  }
  return worst;
}

/** A pin above its place by `lift` pixels, so that an alert does not hide the station under it. */
function icon(content: VNode, className: string, size: number, lift = 0): L.DivIcon {
  return L.divIcon({
    html: element(content),
    className,
    iconSize: [size, size],
    iconAnchor: [size / 2, size / 2 + lift],
  });
}
