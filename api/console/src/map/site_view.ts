/** The drawing of the site: what Leaflet shows, kept in step with what is known. */
import L from "leaflet";
import type { Alert, AlertLevel, Id, SiteMap, Station } from "../service/contract";
import { condition } from "../stations/rules";
import type { Corner, Shape } from "./fences/rules";
import { Sketch } from "./fences/sketch";
import { drawnAhead } from "./ahead";
import { element } from "./element";
import { Grid } from "./grid";
import { Herds } from "./herds";
import { alertPin, alertTip, stationPin, stationTip } from "./pins";
import { type Pin, PinsLayer } from "./pins_layer";
import { Zones } from "./zones";

export interface Scene {
  site: SiteMap;
  stations: Station[];
  alerts: Alert[];
  now: number;
}

export class SiteView {
  readonly #map: L.Map;
  readonly #grid: Grid;
  readonly #moving: L.LayerGroup;
  readonly #pins: PinsLayer;
  readonly #herds: Herds;
  #zones: Zones | null = null;
  #drawnZones = "";
  #drawnPins = "";
  #drawnSite: SiteMap | null = null;
  #scene: Scene | null = null;

  constructor(
    place: HTMLElement,
    home: L.LatLngTuple,
    gridChanged: (stepKm: number) => void,
  ) {
    this.#map = L.map(place, { attributionControl: false, zoomSnap: 0.5, renderer: drawnAhead(L.svg) });
    this.#map.createPane("grid").style.zIndex = "250";
    this.#map.setView(home, 12);
    L.control.scale({ imperial: false, maxWidth: 160 }).addTo(this.#map);
    this.#grid = new Grid(this.#map, gridChanged);
    this.#herds = new Herds(this.#map);
    this.#moving = L.layerGroup().addTo(this.#map);
    this.#pins = new PinsLayer().addTo(this.#map);
    this.#map.on("moveend", () => this.#grid.draw());
    this.#map.on("zoomend", () => this.#zones?.rescale());
    this.#grid.draw();
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
    for (const alert of scene.alerts) this.#drawAlert(alert);
    this.#pins.show([
      ...(this.#zones?.names() ?? []),
      ...scene.stations.map((station) => this.#stationPin(station, scene.now)),
      ...scene.alerts.map((alert) => this.#alertPin(alert)),
    ]);
  }

  #drawZones({ site, alerts }: Scene): void {
    const levels = worstByGeofence(alerts);
    const wanted = JSON.stringify([site.geofences, [...levels]]);
    if (wanted === this.#drawnZones) return;
    this.#drawnZones = wanted;
    this.#zones?.remove();
    this.#zones = new Zones(this.#map, site.geofences, levels);
  }

  #stationPin(station: Station, now: number): Pin {
    const look = stationPin(station, now);
    const button = { title: station.name, look, says: () => this.#stationSays(station) };
    return { at: [station.latitude, station.longitude], className: "station-pin", name: station.name, button };
  }

  #alertPin(alert: Alert): Pin {
    const { latitude, longitude } = alert.position;
    const button = { title: alert.geofence.name, look: alertPin(alert), says: () => this.#alertSays(alert) };
    return { at: [latitude, longitude], className: "alert-pin", button };
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
function appearance({ site, stations, alerts, now }: Scene): string {
  return JSON.stringify([
    stations.map((station) => [
      station.id,
      station.name,
      station.latitude,
      station.longitude,
      condition(station, now),
    ]),
    alerts.map(({ id, level, position, geofence }) => [id, level, position, geofence.id]),
    site.geofences,
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
