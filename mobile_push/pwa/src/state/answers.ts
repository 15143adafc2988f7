// What the person says: kept on the phone first, then told to the server.
import { withAlert } from "../alerts";
import { newId } from "../shared/ids";
import { flush, isAnythingWaiting, keep, waitingPosts } from "../shared/outbox";
import type { Post } from "../shared/storage";
import type { Alert, Answer } from "../shared/wire";
import { alerts, me, trouble, waiting } from "./state";

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

export async function give(alertId: string, answer: Answer): Promise<void> {
  // A second tap on what still waits says nothing new.
  if (waiting.value.findLast((post) => post.alertId === alertId)?.answer === answer) return sendWaiting();
  const id = newId();
  const post: Post = {
    id,
    kind: "answer",
    url: `/api/v1/alerts/${encodeURIComponent(alertId)}/answers`,
    body: { id, answer, answered_at: new Date().toISOString() },
    alertId,
    answer,
    ...byMe(),
  };
  waiting.value = [...waiting.value, post]; // at once: the second tap may come before the disk is done
  await keep(post);
  await showWaiting();
  await sendWaiting();
}

/** Whose words these are, for a phone that changes hands before they are sent. */
export function byMe(): { personId?: string } {
  return me.value === null ? {} : { personId: me.value.person.id };
}

export async function sendWaiting(): Promise<void> {
  const { taken, refused } = await flush(me.value?.person.id);
  for (const { response } of taken) {
    if (isAlert(response)) alerts.value = withAlert(alerts.value, response);
  }
  if (refused.length > 0) {
    const isReport = refused.some((post) => post.kind === "report");
    trouble.value = isReport ? "error.report_refused" : "error.not_sent";
  }
  await showWaiting();
  await again();
}

export async function showWaiting(): Promise<void> {
  waiting.value = await waitingPosts();
}

let timer: ReturnType<typeof setTimeout> | undefined;
let pauseMs = FIRST_PAUSE_MS;

/** Try again by and by while anything waits; and let the browser wake the worker if we are closed. */
async function again(): Promise<void> {
  clearTimeout(timer);
  if (!(await isAnythingWaiting())) {
    pauseMs = FIRST_PAUSE_MS;
    return;
  }
  timer = setTimeout(() => void sendWaiting(), pauseMs);
  pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  const { sync } = (registration ?? {}) as { sync?: { register(tag: string): Promise<void> } };
  await sync?.register("trunkline-outbox").catch(() => undefined);
}

function isAlert(response: unknown): response is Alert {
  return typeof response === "object" && response !== null && "geofence" in response;
}
