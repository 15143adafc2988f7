import { LevelMark } from "../alerts/level_mark";
import { mostUrgentFirst } from "../alerts/rules";
import { DrillBadge } from "../parts/badges";
import { direction, distance, phrases } from "../phrases";
import { condition, worstFirst } from "../stations/rules";
import { StationMark } from "../stations/station_mark";
import { ago } from "../time/moments";
import { FencePanel } from "./fences/fence_panel";
import type { Scene, SiteView } from "./site_view";

const words = phrases.map;

interface MapSideProps {
  scene: Scene;
  gridKm: number;
  view: SiteView | null;
  changed(): void;
  show(latitude: number, longitude: number): void;
  showWhole(): void;
}

/** The map in words, for those who do not see it; and the way to each place on it. */
export function MapSide({ scene, gridKm, view, changed, show, showWhole }: MapSideProps) {
  const { site, stations, alerts, now } = scene;
  const nothing = site.geofences.features.length === 0 && stations.length === 0;
  return (
    <aside class="map-side">
      {nothing && (
        <div data-testid="map-empty">
          <strong>{words.empty}</strong>
          <p class="quiet">{words.emptyAbout}</p>
        </div>
      )}
      <button type="button" onClick={showWhole}>
        {words.whole}
      </button>
      <h2>{words.alerts}</h2>
      {alerts.length === 0 && <p class="quiet">{words.noAlerts}</p>}
      <ul class="places">
        {mostUrgentFirst(alerts, now).map((alert) => (
          <li key={alert.id}>
            <button
              type="button"
              class="place"
              data-testid="map-alert"
              onClick={() => show(alert.position.latitude, alert.position.longitude)}
            >
              <span class="place-name">
                <LevelMark level={alert.level} /> {alert.geofence.name}
                {alert.simulated && <DrillBadge />}
              </span>
              <span class="quiet small">
                {phrases.alerts.count(alert.count)},{" "}
                {alert.distance_m <= 0
                  ? phrases.alerts.inside
                  : phrases.alerts.away(distance(alert.distance_m), direction(alert.bearing_deg))}
                , {ago(alert.captured_at, now)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {stations.length > 0 && <h2>{words.stations}</h2>}
      <ul class="places">
        {worstFirst(stations, now).map((station) => (
          <li key={station.id}>
            <button
              type="button"
              class="place"
              data-testid="map-station"
              onClick={() => show(station.latitude, station.longitude)}
            >
              <StationMark condition={condition(station, now)} /> {station.name}
              <span class="quiet small">
                {phrases.stations.states[condition(station, now)]}
                {station.last_seen_at && `, ${ago(station.last_seen_at, now)}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Legend gridKm={gridKm} />
      <FencePanel geofences={site.geofences} view={view} changed={changed} />
    </aside>
  );
}

function Legend({ gridKm }: { gridKm: number }) {
  return (
    <>
      <h2>{words.legend}</h2>
      <ul class="legend" data-testid="map-legend">
        <li>
          <span class="key area" /> {words.inside}
        </li>
        <li>
          <span class="key buffer" /> {words.buffer}
        </li>
        <li>
          <span class="key watch-zone" /> {words.watch}
        </li>
        <li>
          <span class="key herd" /> {words.herd}
        </li>
        <li>
          <span class="key herd-area" /> {words.herdArea}
        </li>
        {(["online", "silent", "offline", "stopped"] as const).map((state) => (
          <li key={state}>
            <StationMark condition={state} /> {phrases.stations.states[state]}
          </li>
        ))}
        <li class="quiet">{words.grid(gridKm)}</li>
      </ul>
    </>
  );
}
