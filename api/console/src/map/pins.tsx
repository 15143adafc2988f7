/** What stands on the map, and what it says when asked. */
import { LevelMark, LevelShape } from "../alerts/level_mark";
import { DrillBadge } from "../parts/badges";
import { direction, distance, phrases } from "../phrases";
import type { Alert, HerdPath, Station } from "../service/contract";
import { condition } from "../stations/rules";
import type { Arrival } from "./fences/contract";
import { StationMark } from "../stations/station_mark";
import { ago } from "../time/moments";

export function stationPin(station: Station, now: number) {
  return <StationMark condition={condition(station, now)} />;
}

export function stationTip(station: Station, now: number) {
  const present = condition(station, now);
  return (
    <div class="tip">
      <strong>{station.name}</strong>
      <p class={`state ${present}`}>
        <StationMark condition={present} /> {phrases.stations.states[present]}
      </p>
      <p>
        {phrases.stations.columns.lastSeen}:{" "}
        {station.last_seen_at ? ago(station.last_seen_at, now) : phrases.stations.never}
      </p>
      <p>
        {phrases.stations.columns.detections}: {station.detections_24h}
      </p>
    </div>
  );
}

export function alertPin(alert: Alert) {
  return <LevelShape level={alert.level} size={30} />;
}

export function alertTip(alert: Alert, now: number) {
  return (
    <div class="tip">
      <p>
        <LevelMark level={alert.level} />
      </p>
      <p>
        <strong>{alert.geofence.name}</strong> {alert.simulated && <DrillBadge />}
      </p>
      <p>
        {phrases.alerts.count(alert.count)},{" "}
        {alert.distance_m <= 0
          ? phrases.alerts.inside
          : phrases.alerts.away(distance(alert.distance_m), direction(alert.bearing_deg))}
      </p>
      <p>
        {phrases.alerts.states[alert.state] ?? alert.state}, {ago(alert.captured_at, now)}
      </p>
      <p class="quiet">{phrases.map.near(alert.position.uncertainty_m)}</p>
    </div>
  );
}

function ArrivalLine({ geofence, chance, earliest_at, latest_at }: Arrival) {
  const told = chance >= 0.5 ? phrases.map.likelyComes : phrases.map.mayCome;
  return <p>{told(geofence.name, timeOfDay(earliest_at), timeOfDay(latest_at))}</p>;
}

function timeOfDay(moment: string): string {
  return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function herdTip(herd: HerdPath, index: number, now: number) {
  const point = herd.path[index];
  return (
    <div class="tip">
      {phrases.viewer.herd}: {point ? ago(point.at, now) : ""}
      {herd.simulated && ` (${phrases.badge.drill})`}
      {index === herd.path.length - 1 && herd.arrivals.map((arrival) => <ArrivalLine key={arrival.geofence.id} {...arrival} />)}
    </div>
  );
}
