/** What the server says about review, as types. */
import type { Box, Detection, Id, Lighting, Named } from "../service/contract";

export type Decision = "elephant" | "other_animal" | "person" | "vehicle" | "nothing" | "unsure";
export type ReviewState = "open" | "done" | "disputed";
export type Order = "teaching" | "time" | "camera" | "herd";
export type BoxLabel = "elephant" | "animal" | "person" | "vehicle";
export type LifeStage = "adult" | "subadult" | "juvenile" | "unknown";
export type Sex = "female" | "male" | "unknown";

export interface QueuedEvent {
  id: number;
  station: Named;
  deployment_id: string;
  started_at: string;
  ended_at: string;
  network_count: number;
  herd_id: Id | null;
  simulated: boolean;
  lighting: Lighting;
  state: ReviewState;
  verdict: Decision | null;
  why: string[];
  frames: Detection[];
  frames_left_out: number;
}

export interface Progress {
  open: number;
  done: number;
  disputed: number;
  mine_today: number;
}

export interface Queue {
  events: QueuedEvent[];
  progress: Progress;
  still_sorting: boolean;
}

export interface Wish {
  order: Order;
  state: ReviewState;
  station: string | null;
  drills: boolean;
}

/** A box that a person drew or kept: fractions of the frame. */
export interface DrawnBox {
  label: BoxLabel;
  box: Box;
  individual: number | null;
  life_stage: LifeStage;
  sex: Sex;
}

export interface Group {
  count: number;
  life_stage: LifeStage;
  sex: Sex;
}

/** A label on its way to the server; its id is made here, so that a repeat is harmless. */
export interface NewLabel {
  id: string;
  event_id: number;
  detection_id: string | null;
  decision: Decision;
  settles: boolean;
  count: number | null;
  groups: Group[];
  behaviour: string;
  individuals: number[];
  boxes: DrawnBox[] | null;
}

export interface KeptLabel extends Omit<NewLabel, "decision"> {
  decision: Decision | null;
  reader: string;
  mine: boolean;
  made_at: string;
  takes_back: string | null;
}

export interface Detail {
  event: QueuedEvent;
  labels: KeptLabel[];
}

export interface Individual {
  id: number;
  name: string;
  digit: number | null;
}
