// Where this phone is. It stays here: nothing in this file sends anything.
import { signal } from "@preact/signals";

import { save, saved } from "../shared/storage";

/** WGS 84; `accuracyM` in metres; by the phone's receiver, or by a tap on the map. */
export interface Place {
  latitude: number;
  longitude: number;
  accuracyM: number;
  by: "gps" | "map";
}

export type Looking = "off" | "looking" | "found" | "failed";

export const here = signal<Place | null>(null);
export const looking = signal<Looking>("off");

const OPTIONS = { enableHighAccuracy: true, timeout: 30_000, maximumAge: 15_000 };
let watch: number | undefined;

/** Follow the phone from now on, also when the app is opened again. */
export function follow(): void {
  void save("fromMe", true).catch(() => undefined);
  if (watch !== undefined) return;
  if (!("geolocation" in navigator)) {
    looking.value = "failed";
    return;
  }
  looking.value = "looking";
  watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      const { latitude, longitude, accuracy } = coords;
      here.value = { latitude, longitude, accuracyM: accuracy, by: "gps" };
      looking.value = "found";
    },
    () => {
      if (here.value === null) looking.value = "failed";
      unfollow();
    },
    OPTIONS,
  );
}

/** Follow again if the person wanted it, and the phone allows it without asking anew. */
export async function followAgain(): Promise<void> {
  if (!(await saved("fromMe").catch(() => undefined))) return;
  const allowed = await navigator.permissions
    ?.query({ name: "geolocation" })
    .catch(() => undefined);
  if (allowed?.state === "granted") follow();
}

function unfollow(): void {
  if (watch !== undefined) navigator.geolocation.clearWatch(watch);
  watch = undefined;
}
