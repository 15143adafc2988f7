/** What a station's last words mean now. Pure. */
import type { Station, StationCamera } from "../service/contract";
import { secondsBetween } from "../time/moments";

export const SILENT_AFTER_S = 600;

export type Condition = "online" | "silent" | "stopped" | "offline" | "unknown";

/** A station that said "online" and then nothing for ten minutes is silent: its last will may be lost too. */
export function condition(station: Pick<Station, "state" | "last_seen_at">, now: number): Condition {
  if (station.state === "stopped" || station.state === "offline") return station.state;
  if (station.state !== "online" && station.state !== "silent") return "unknown";
  const silent =
    station.last_seen_at === null || secondsBetween(station.last_seen_at, now) > SILENT_AFTER_S;
  return silent || station.state === "silent" ? "silent" : "online";
}

const URGENCY: Record<Condition, number> = { silent: 0, offline: 1, unknown: 2, stopped: 3, online: 4 };

export const LOW_BATTERY_PERCENT = 30;

/** The cameras of a station before which an elephant would not be seen. */
export function blindCameras(station: Pick<Station, "cameras">): StationCamera[] {
  return station.cameras.filter(({ is_blind }) => is_blind);
}

/** A battery that will not last the night, unless the sun is on the panel. */
export function isLow(station: Pick<Station, "battery_percent" | "is_charging">): boolean {
  return (
    station.battery_percent !== null &&
    station.battery_percent < LOW_BATTERY_PERCENT &&
    station.is_charging !== true
  );
}

/** Those in trouble first, then the blind, then by name. */
export function worstFirst(stations: Station[], now: number): Station[] {
  return [...stations].sort(
    (one, other) =>
      URGENCY[condition(one, now)] - URGENCY[condition(other, now)] ||
      Number(blindCameras(other).length > 0) - Number(blindCameras(one).length > 0) ||
      one.name.localeCompare(other.name),
  );
}

/** Put news of one station in its place. */
export function withStation(stations: Station[], news: Station): Station[] {
  const others = stations.filter(({ id }) => id !== news.id);
  const known = stations.find(({ id }) => id === news.id);
  return [...others, known ? { ...known, ...news } : news];
}
