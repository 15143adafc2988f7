import { call } from "../service/client";
import type { Fleet, FormField, Release, Replay, Rollout, Settings, StationConfig } from "./contract";

const config = (station: string) => `/stations/${encodeURIComponent(station)}/config`;

export const fleet = {
  overview: () => call<Fleet>("GET", "/fleet"),
  form: async () => (await call<{ fields: FormField[] }>("GET", "/fleet/config-form")).fields,
  config: (station: string) => call<StationConfig>("GET", config(station)),
  wish: (station: string, settings: Settings, note: string) =>
    call<StationConfig>("PUT", config(station), { settings, note }),
  rollouts: () => call<Rollout[]>("GET", "/fleet/rollouts"),
  rollOut: (wish: { station_ids: string[]; settings: Settings; mode: string; soak_minutes: number; note: string }) =>
    call<Rollout>("POST", "/fleet/rollouts", wish),
  cancel: (id: number) => call<Rollout>("POST", `/fleet/rollouts/${id}/cancel`),
  replays: async () => (await call<{ replays: Replay[] }>("GET", "/replays")).replays,
  replay: (wish: Replay["wishes"]) => call<Replay>("POST", "/replays", wish),
  replayed: (id: string) => call<Replay>("GET", `/replays/${encodeURIComponent(id)}`),
  releases: () => call<Release[]>("GET", "/fleet/releases"),
  offer: (digest: string, stations: string[]) =>
    call<Release[]>("POST", `/fleet/releases/${digest}/offers`, { station_ids: stations }),
};
