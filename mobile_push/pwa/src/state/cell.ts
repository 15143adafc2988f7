// The rough area that a person may share. Which cell it is, the phone finds out by itself.
import { distanceM } from "../geometry";
import { call, get } from "./api";

export interface SharedCell {
  cell: string | null;
  expires_at: string | null;
}

type Cell = [name: string, latitude: number, longitude: number];

const HOURS = 12;

export async function sharedCell(): Promise<SharedCell> {
  return get<SharedCell>("/me/cell");
}

/** Share the cell around this phone for some hours. Its name is all that is sent. */
export async function shareCell(): Promise<SharedCell> {
  const { cells, edge_m } = await get<{ cells: Cell[]; edge_m: number }>("/cells");
  const cell = cellAround(await position(), cells, edge_m);
  return (await call("PUT", "/me/cell", { cell, hours: HOURS })) as SharedCell;
}

export async function stopSharing(): Promise<SharedCell> {
  await call("DELETE", "/me/cell");
  return { cell: null, expires_at: null };
}

/** Of hexagons the nearest centre is one's own; far from all of them, one is not at the site. */
export function cellAround(
  here: { latitude: number; longitude: number },
  cells: readonly Cell[],
  edgeM: number,
): string {
  const away = ([, latitude, longitude]: Cell) => distanceM(here, { latitude, longitude });
  const nearest = cells.reduce((a, b) => (away(b) < away(a) ? b : a));
  if (away(nearest) > 1.5 * edgeM) throw new Error("far");
  return nearest[0];
}

function position(): Promise<GeolocationCoordinates> {
  return new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) return reject(new Error("no receiver"));
    navigator.geolocation.getCurrentPosition(({ coords }) => resolve(coords), () => reject(new Error("no place")), {
      timeout: 30_000,
      maximumAge: 60_000,
    });
  });
}
