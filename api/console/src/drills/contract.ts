/** Who can be rung, and drills, as the server tells them. */

export type ReachKind = "proved" | "unproved" | "missed" | "gone" | "none";

export interface PersonReach {
  id: number;
  name: string;
  role: string;
  follows: number;
  reach: ReachKind;
  bells: { channel: string; reach: ReachKind; last_reached_at: string | null; gone_at: string | null }[];
}

export interface Reach {
  people: PersonReach[];
  counts: Record<ReachKind, number>;
}

export interface Drill {
  id: string;
  scope: string;
  level: string;
  started_at: string;
  ordered_by: string | null;
  people: number;
  reached: number;
  answered: number;
  median_s: number | null;
  results: {
    id: number;
    name: string;
    reached_s: number | null;
    answered_s: number | null;
    answer: string | null;
    ways: { channel: string; state: string; detail: string | null; received_s: number | null }[];
  }[];
}
