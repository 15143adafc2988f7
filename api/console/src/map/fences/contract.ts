/** What the server says of geofences and herds, beyond what every screen needs. */
import type { AlertLevel, GeofenceProperties, Id } from "../../service/contract";

export interface Hours {
  days: string[];
  from: string;
  until: string;
}

export type FenceProperties = GeofenceProperties & {
  confidence: Partial<Record<AlertLevel, number>>;
  schedule: Hours[];
};

export type Fence = GeoJSON.Feature<GeoJSON.Geometry, FenceProperties>;

/** Where a herd can be (80 %) so many minutes from now. */
export interface Whereabouts {
  after_min: number;
  at: string;
  area: GeoJSON.Polygon;
}

/** When it comes to a geofence if it does, with 80 % from the earliest to the latest. */
export interface Arrival {
  geofence: { id: Id; name: string };
  distance_m: number;
  chance: number;
  earliest_at: string;
  likely_at: string;
  latest_at: string;
}
