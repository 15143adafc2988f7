/** What the server's HTTP API says, as types. Times are RFC 3339 in UTC; boxes are fractions of the picture. */

import type { Arrival, Whereabouts } from "../map/fences/contract";

/** A row's number, or a name: only ever compared and shown. */
export type Id = number | string;

export type Role = "villager" | "ranger" | "researcher" | "operator" | "administrator";

export interface Person {
  id: Id;
  name: string;
  role: Role;
  language: string;
}

export interface Site {
  id: string;
  name: string;
  latitude: number;
  longitude: number;
  timezone: string;
}

export interface Session {
  person: Person;
  site: Site;
}

export type Lighting = "day" | "night_ir" | "thermal";

/** Left, top, width, height. */
export type Box = [number, number, number, number];

export interface SeenAnimal {
  label: string;
  confidence: number;
  box: Box;
  touches_edge?: boolean;
}

export interface Named {
  id: Id;
  name: string;
}

export interface Detection {
  id: string;
  revision: number;
  station: Named;
  deployment_id: string;
  captured_at: string;
  received_at: string;
  lighting: Lighting;
  release: string;
  threshold: number;
  animals: SeenAnimal[];
  media_url: string | null;
  event_id: Id | null;
  herd_id: Id | null;
  historical: boolean;
  simulated: boolean;
}

export interface DetectionPage {
  detections: Detection[];
  next: string | null;
}

export interface StationCamera {
  deployment_id: string;
  state: string;
  is_blind: boolean;
  since: string | null;
  reason: string | null;
  last_frame_at: string | null;
}

export interface Station {
  id: string;
  name: string;
  latitude: number;
  longitude: number;
  state: string;
  last_seen_at: string | null;
  queue_length: number | null;
  oldest_unsent_at: string | null;
  frames_seen: number | null;
  frames_broken: number | null;
  inference_ms: number | null;
  release: string | null;
  version: string | null;
  detections_24h: number;
  simulated: boolean;
  disk_free_mb: number | null;
  bytes_sent_today: number | null;
  trouble: string | null;
  battery_percent: number | null;
  is_charging: boolean | null;
  temperature_c: number | null;
  signal_dbm: number | null;
  cameras: StationCamera[];
}

export type AlertLevel = "watch" | "warning" | "danger";
export type AlertState = "raised" | "acknowledged" | "all_clear" | "retracted";

export interface AlertAnswer {
  person: string;
  answer: string;
  answered_at: string;
}

/** One alert on its way to one phone; the server may leave the whole list out. */
export interface Delivery {
  person: string;
  channel: string;
  occasion?: string | null;
  state: string;
  sent_at?: string | null;
  received_at?: string | null;
  shown_at?: string | null;
  opened_at?: string | null;
}

export interface Evidence {
  url: string;
  lighting: Lighting;
  animals: SeenAnimal[];
}

export interface Alert {
  id: string;
  herd_id: Id;
  geofence: Named;
  level: AlertLevel;
  state: AlertState;
  count: number;
  simulated: boolean;
  raised_at: string;
  changed_at: string;
  captured_at: string;
  /** Until when it is of concern if nobody ends it. */
  lapses_at: string;
  distance_m: number;
  bearing_deg: number;
  position: { latitude: number; longitude: number; uncertainty_m: number };
  station: Named | null;
  evidence: Evidence | null;
  answers: AlertAnswer[];
  my_answer: string | null;
  deliveries?: Delivery[];
  /** When others were last rung because nobody had answered. */
  escalated_at?: string | null;
}

export interface AlertList {
  alerts: Alert[];
  now: string;
}

export interface GeofenceProperties {
  id: Id;
  name: string;
  kind: string;
  buffer_m: number;
  watch_m: number;
  followed: boolean;
}

export type Geofences = GeoJSON.FeatureCollection<GeoJSON.Geometry, GeofenceProperties>;

export interface HerdPath {
  id: Id;
  simulated: boolean;
  count: number;
  heading_deg: number | null;
  path: { latitude: number; longitude: number; at: string }[];
  /** Otherwise forecast and arrivals are empty until the herd is asked for alone. */
  in_full: boolean;
  forecast: Whereabouts[];
  arrivals: Arrival[];
}

export interface SiteMap {
  geofences: Geofences;
  stations: { id: Id; name: string; latitude: number; longitude: number; state: string }[];
  herds: HerdPath[];
}

export interface QuarantinedMessage {
  id: Id;
  received_at: string;
  topic: string;
  reason_code: string;
  reason: string;
  size_bytes: number;
}

export interface Quarantine {
  counts: Record<string, number>;
  items: QuarantinedMessage[];
}
