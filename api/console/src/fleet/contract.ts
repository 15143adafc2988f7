/** The fleet as the server tells it. */
import type { Station } from "../service/contract";

export interface Forecast {
  days: number;
  from_days: number;
}

export interface FleetStation {
  station: Station;
  alarms: string[];
  silent_since: string | null;
  flat_in: Forecast | null;
  clouding: (Forecast & { deployment_id: string })[];
  desired_version: number | null;
  config_version: number | null;
  config_outcome: string | null;
  offered_release: string | null;
  offer_step: string | null;
  picture: { url: string; captured_at: string; deployment_id: string } | null;
  battery: [at: string, percent: number][];
}

export interface Fleet {
  now: string;
  stations: FleetStation[];
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Settings = { [key: string]: Json };

export interface FormField {
  key: string;
  type: "number" | "integer" | "string" | "boolean" | "json";
  meaning: string;
  default?: Json;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

export interface ConfigVersion {
  version: number;
  settings: Settings;
  note: string;
  made_by: string;
  made_at: string;
  told_at: string | null;
  outcome: string | null;
  reason: string;
  answered_at: string | null;
}

export interface StationConfig {
  desired: ConfigVersion | null;
  reported: { version: number; outcome: string; reason: string; effective: Settings } | null;
  differences: { key: string; desired: Json; reported: Json }[];
  history: ConfigVersion[];
}

export interface Rollout {
  id: number;
  settings: Settings;
  mode: string;
  note: string;
  soak_minutes: number;
  state: "running" | "done" | "stopped" | "cancelled";
  stage: number;
  stages: number;
  reason: string;
  made_by: string;
  made_at: string;
  ended_at: string | null;
  stations: {
    id: string;
    name: string;
    stage: number;
    version: number | null;
    outcome: string | null;
    reason: string;
    undone_version: number | null;
  }[];
}

export interface Release {
  release: string;
  digest: string | null;
  running_at: string[];
  offers: { station_id: string; step: string | null; reason: string; figures: Record<string, number> }[];
  figures: {
    lighting: string;
    events: number;
    reviewed: number;
    elephants: number;
    precision: [number | null, number, number];
  }[];
}

export interface Tally {
  elephants: number;
  others: number;
  unknown: number;
}

export interface ReplayDifference {
  station: string;
  kind: string;
  key: string;
  deployment_id: string;
  lighting: string;
  captured_at: string;
  score_before: number;
  score_after: number;
  is_elephant: boolean | null;
  is_told: boolean;
  why: string;
  media_url: string | null;
}

export interface Replay {
  id: string;
  wishes: { station_ids: string[]; settings: Settings; days: number };
  state: string;
  done: number;
  total: number;
  problem: string;
  asked_at: string;
  report: {
    kept?: number;
    looked_at?: number;
    before?: Tally;
    after?: Tally;
    network_before?: string | null;
    network_after?: string | null;
    differences?: ReplayDifference[];
  };
}
