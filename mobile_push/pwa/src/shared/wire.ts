// What the server says, in its own words (HTTP API, /api/v1). Times are RFC 3339 UTC.

import type { FeatureCollection, LineString, MultiPolygon, Polygon } from "geojson";

export type Level = "watch" | "warning" | "danger";
export type AlertState = "raised" | "acknowledged" | "all_clear" | "retracted";
export type Answer = "seen" | "on_my_way" | "false_alarm" | "all_clear";
export type Role = "villager" | "ranger" | "researcher" | "operator" | "administrator";
export type Lighting = "day" | "night_ir" | "thermal";
export type Label = "elephant" | "person" | "vehicle" | "animal";

/** Left, top, width, height as fractions of the picture. */
export type Box = [number, number, number, number];

export interface SeenAnimal {
  label: Label;
  confidence: number;
  box: Box;
}

export interface Evidence {
  url: string;
  lighting: Lighting;
  animals: SeenAnimal[];
}

export interface GivenAnswer {
  person: string;
  answer: Answer;
  answered_at: string;
}

export interface Alert {
  id: string;
  herd_id: number;
  geofence: { id: number; name: string };
  level: Level;
  state: AlertState;
  count: number;
  simulated: boolean;
  raised_at: string;
  changed_at: string;
  captured_at: string;
  /** Until when it is of concern if nobody ends it. What the phone has kept for long may not say. */
  lapses_at?: string;
  /** From the geofence's edge to the newest sighting; 0 is inside. */
  distance_m: number;
  /** From the geofence's centre towards the herd; 0 is north. */
  bearing_deg: number;
  position: { latitude: number; longitude: number; uncertainty_m: number };
  station: { id: string; name: string } | null;
  evidence: Evidence | null;
  answers: GivenAnswer[];
  my_answer: Answer | null;
  /** Whether this person's open app rings for it. */
  rings_me?: boolean;
  /** A person saw them, not a camera; who, only rangers are told. */
  reported?: { id: string; person: string | null; believed: boolean; heading: Heading | null } | null;
}

export type Heading = "n" | "ne" | "e" | "se" | "s" | "sw" | "w" | "nw";

export interface Me {
  person: { id: string; name: string; role: Role; language: string };
  site: { id: string; name: string; latitude: number; longitude: number; timezone: string };
  geofences: { id: number; name: string }[];
  vapid_public_key: string;
  phone: { subscribed: boolean; last_reached_at: string | null };
}

export interface FenceProperties {
  id: number;
  name: string;
  kind: "village" | "road" | "field";
  buffer_m: number;
  watch_m: number;
  followed: boolean;
}

export interface SiteMap {
  geofences: FeatureCollection<Polygon | MultiPolygon | LineString, FenceProperties>;
  stations: { id: string; name: string; latitude: number; longitude: number; state: string }[];
  herds: Herd[];
  /** Pictures of the land as one file, which a site may provide. */
  tiles?: { url: string; name: string; size_bytes: number; datum: "wgs84" | "gcj02" } | null;
}

/** A herd's way. Servers that forecast say the rest as well. */
export interface Herd {
  id: number;
  simulated: boolean;
  path: { latitude: number; longitude: number; at: string }[];
  state?: "walking" | "out_of_sight" | "ended";
  /** 0 is north; null: seen at one place only. */
  heading_deg?: number | null;
  /** Where it is by then with 80 %; nested. */
  forecast?: { after_min: number; at: string; area: Polygon }[];
  arrivals?: {
    geofence: { id: number; name: string };
    chance: number;
    earliest_at: string;
    likely_at: string;
    latest_at: string;
  }[];
}

export type Reach = "proved" | "unproved" | "missed" | "gone" | "none";

export interface ReachList {
  people: { id: number; name: string; role: Role; follows: number; reach: Reach; bells: Bell[] }[];
  counts: Record<Reach, number>;
}

interface Bell {
  channel: string;
  reach: Reach;
  last_reached_at: string | null;
}

/** A drill and what became of it; times are seconds since it began. */
export interface Drill {
  id: string;
  scope: "person" | "village" | "site";
  level: Level;
  started_at: string;
  people: number;
  reached: number;
  answered: number;
  median_s: number | null;
  results: {
    id: number;
    name: string;
    reached_s: number | null;
    answered_s: number | null;
    answer: Answer | null;
    ways: { channel: string; state: string; detail: string | null }[];
  }[];
}

/** Rangers and everybody above them see exact positions and may end an alert. */
export function isRanger(role: Role): boolean {
  return role !== "villager";
}
