/** A geofence while it is drawn, and as GeoJSON when it is done. Pure. */
import type { AlertLevel, Id } from "../../service/contract";
import type { Fence, Hours } from "./contract";

export type Shape = "Polygon" | "LineString";

/** Longitude and latitude, as GeoJSON has it. */
export type Corner = [number, number];

export interface Draft {
  id: Id | null;
  shape: Shape;
  corners: Corner[];
  name: string;
  kind: string;
  buffer_m: number;
  watch_m: number;
  confidence: Partial<Record<AlertLevel, number>>;
  schedule: Hours[];
}

export const KINDS = ["village", "field", "school_way", "road", "railway"];
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export function newDraft(shape: Shape): Draft {
  const kind = shape === "Polygon" ? "village" : "road";
  return { id: null, shape, corners: [], name: "", kind, buffer_m: 500, watch_m: 1500, confidence: {}, schedule: [] };
}

/** Null for what has holes or several parts: those are drawn in a map program and imported. */
export function draftOf(fence: Fence): Draft | null {
  const { geometry, properties } = fence;
  const corners = cornersOf(geometry);
  if (corners === null) return null;
  const { id, name, kind, buffer_m, watch_m, confidence, schedule } = properties;
  const shape = geometry.type as Shape;
  return { id, shape, corners, name, kind, buffer_m, watch_m, confidence, schedule };
}

function cornersOf(geometry: GeoJSON.Geometry): Corner[] | null {
  if (geometry.type === "LineString") return geometry.coordinates as Corner[];
  if (geometry.type !== "Polygon" || geometry.coordinates.length !== 1) return null;
  return (geometry.coordinates[0] as Corner[]).slice(0, -1); // the first once more closes the ring
}

export function fewestCorners(shape: Shape): number {
  return shape === "Polygon" ? 3 : 2;
}

export function isDrawn({ shape, corners }: Draft): boolean {
  return corners.length >= fewestCorners(shape);
}

export function featureOf(draft: Draft): GeoJSON.Feature {
  const { id, shape, corners, name, kind, buffer_m, watch_m, confidence, schedule } = draft;
  const [first] = corners;
  const geometry: GeoJSON.Geometry =
    shape === "LineString" || first === undefined
      ? { type: "LineString", coordinates: corners }
      : { type: "Polygon", coordinates: [[...corners, first]] };
  const known = { name: name.trim(), kind, buffer_m, watch_m, confidence, schedule };
  return { type: "Feature", geometry, properties: id === null ? known : { id, ...known } };
}
