/** The catalogue's routes. */
import { call } from "../service/client";
import type { Box, Named } from "../service/contract";
import type { LifeStage, Sex } from "../review/contract";

export interface Description {
  name: string;
  sex: Sex;
  life_stage: LifeStage;
  notes: string;
  digit: number | null;
}

export interface Picture {
  detection_id: string;
  captured_at: string;
  media_url: string | null;
  box: Box | null;
  note: string;
}

export interface Individual extends Description {
  id: number;
  events: number;
  last_seen_at: string | null;
  pictures: Picture[];
}

export interface Sighting {
  event_id: number;
  started_at: string;
  station: Named;
  herd_id: number | null;
  simulated: boolean;
}

export interface Candidate {
  individual_id: number;
  likeness: number;
  pictures: number;
}

export const catalogue = {
  list: async () => (await call<{ individuals: Individual[] }>("GET", "/individuals")).individuals,
  add: (described: Description) => call<Individual>("POST", "/individuals", described),
  change: (id: number, described: Description) =>
    call<Individual>("PUT", `/individuals/${id}`, described),
  sightings: async (id: number) =>
    (await call<{ sightings: Sighting[] }>("GET", `/individuals/${id}`)).sightings,
  candidates: async (detection: string) =>
    (
      await call<{ candidates: Candidate[] }>(
        "GET",
        `/individuals/candidates?detection_id=${encodeURIComponent(detection)}`,
      )
    ).candidates,
  removePicture: (id: number, detection: string) =>
    call<void>("DELETE", `/individuals/${id}/pictures/${detection}`),
  addPicture: (id: number, detection: string, box: Box | null) =>
    call<void>("PUT", `/individuals/${id}/pictures/${detection}`, { box }),
};
