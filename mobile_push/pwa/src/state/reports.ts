// A sighting by the person: kept on the phone with its photo, told when there is a signal.
import { newId } from "../shared/ids";
import { keep } from "../shared/outbox";
import type { Heading } from "../shared/wire";
import { byMe, sendWaiting, showWaiting } from "./answers";
import type { Place } from "./place";

export interface Sighting {
  count: number;
  heading: Heading | null;
  place: Place;
  photo: string | null;
}

export async function report({ count, heading, place, photo }: Sighting): Promise<void> {
  const id = newId();
  const body = {
    id,
    count,
    heading,
    latitude: place.latitude,
    longitude: place.longitude,
    uncertainty_m: Math.round(place.accuracyM),
    positioned: place.by,
    seen_at: new Date().toISOString(),
    ...(photo === null ? {} : { photo }),
  };
  await keep({ id, kind: "report", url: "/api/v1/reports", body, ...byMe() });
  await showWaiting();
  void sendWaiting();
}
