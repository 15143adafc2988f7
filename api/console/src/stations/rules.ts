/** What a station's last words mean now. Pure. */
import type { Station } from "../service/contract";
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

/** Those in trouble first, then by name. */
export function worstFirst(stations: Station[], now: number): Station[] {
  return [...stations].sort(
    (one, other) =>
      URGENCY[condition(one, now)] - URGENCY[condition(other, now)] ||
      one.name.localeCompare(other.name),
  );
}

/** Put news of one station in its place. */
export function withStation(stations: Station[], news: Station): Station[] {
  const others = stations.filter(({ id }) => id !== news.id);
  const known = stations.find(({ id }) => id === news.id);
  return [...others, known ? { ...known, ...news } : news];
}
