import { call } from "../service/client";
import type { Change, PlaceReport, SampleToLabel, Thresholds, WantedChange, Work } from "./contract";

function path(...parts: string[]): string {
  return parts.map(encodeURIComponent).join("/");
}

export const tuning = {
  thresholds: () => call<Thresholds>("GET", "/tuning/thresholds"),
  place: (station: string, deployment: string, lighting: string) =>
    call<PlaceReport>("GET", `/tuning/thresholds/${path(station, deployment, lighting)}`),
  refresh: () => call<Work>("POST", "/tuning/refresh"),
  apply: (changes: WantedChange[], oneInDays: number, note = "") =>
    call<Change[]>("POST", "/tuning/changes", { changes, one_in_days: oneInDays, note }),
  changes: () => call<Change[]>("GET", "/tuning/changes"),
  revert: (id: number) => call<Change>("POST", `/tuning/changes/${id}/revert`),
  samples: () => call<{ waiting: number; samples: SampleToLabel[] }>("GET", "/tuning/samples?limit=30"),
  labelSample: (id: string, isElephant: boolean | null) =>
    call<void>("PUT", `/tuning/samples/${encodeURIComponent(id)}`, { is_elephant: isElephant }),
};
