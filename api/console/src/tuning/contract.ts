/** Thresholds as the server tells them. Shares are [estimate, low, high]; rates are per day or per 30 days. */
import type { Lighting, Named } from "../service/contract";

export type Share = [number | null, number, number];

export interface Work {
  wanted_at: string;
  done_at: string | null;
  is_running: boolean;
  step: string;
  problem: string;
}

export interface PlaceSummary {
  station: Named;
  deployment_id: string;
  lighting: Lighting;
  as_of: string;
  now: number;
  days: number;
  events: number;
  samples: number;
  reviewed: number;
  is_sampled: boolean;
  false_per_month: number | null;
  false_per_month_at_most: number | null;
  precision: Share | null;
  recall: Share | null;
  recommended: number | null;
  days_missing: number;
  stopped_by: string;
  spots: number;
}

export interface Choice {
  false_per_camera_month: number;
  missed_per_camera_month: number;
  recall: number;
  thresholds: [station: string, deployment: string, lighting: Lighting, threshold: number][];
}

export interface Thresholds {
  work: Work | null;
  places: PlaceSummary[];
  balance: Choice[];
  samples_to_label: number;
}

export interface Point {
  threshold: number;
  false_per_day: number;
  false_per_day_at_most: number;
  missed_per_day: number;
  precision: Share;
  recall: Share;
}

export interface Spot {
  corners: [number, number][];
  alarms: number;
  days: number;
  elephants_there: number;
  elephants: number;
  hides: Share;
}

export interface Watched {
  days: number;
  alarms: number;
  false: number;
  unreviewed: number;
  elephants: number;
  standing: "early" | "kept" | "broken";
}

export interface Change {
  id: number;
  station: Named;
  deployment_id: string;
  lighting: Lighting;
  kind: "threshold" | "mask";
  before: unknown;
  after: unknown;
  promised: Record<string, unknown>;
  version: number;
  made_by: string;
  made_at: string;
  reverted_at: string | null;
  reverted_by: string | null;
  watched: Watched | null;
}

export interface PlaceReport {
  place: PlaceSummary;
  report: {
    points: Point[];
    scores: { elephant: number[]; other: number[]; unknown: number[] };
    spots: Spot[];
    told_from: number;
    is_sampled: boolean;
    days: number;
  };
  changes: Change[];
}

export interface WantedChange {
  station_id: string;
  deployment_id: string;
  lighting: Lighting;
  threshold?: number;
  mask?: [number, number][];
}

export interface SampleToLabel {
  id: string;
  station: Named;
  deployment_id: string;
  captured_at: string;
  lighting: Lighting;
  score: number;
  threshold: number;
  stands_for: number;
  boxes: { label: string; confidence: number; box: [number, number, number, number] }[];
  media_url: string;
}
