// What the server says, in its own words (HTTP API, /api/v1). Times are RFC 3339 UTC.

import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";

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
  /** From the geofence's edge to the newest sighting; 0 is inside. */
  distance_m: number;
  /** From the geofence's centre towards the herd; 0 is north. */
  bearing_deg: number;
  position: { latitude: number; longitude: number; uncertainty_m: number };
  station: { id: string; name: string } | null;
  evidence: Evidence | null;
  answers: GivenAnswer[];
  my_answer: Answer | null;
}

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
  geofences: FeatureCollection<Polygon | MultiPolygon, FenceProperties>;
  stations: { id: string; name: string; latitude: number; longitude: number; state: string }[];
  herds: {
    id: number;
    simulated: boolean;
    path: { latitude: number; longitude: number; at: string }[];
  }[];
}

/** Rangers and everybody above them see exact positions and may end an alert. */
export function isRanger(role: Role): boolean {
  return role !== "villager";
}
