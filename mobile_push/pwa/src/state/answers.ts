// What the person answers: kept on the phone first, then told to the server.
import { withAlert } from "../alerts";
import { newId } from "../shared/ids";
import { flush, keep, waitingAnswers } from "../shared/outbox";
import type { Alert, Answer } from "../shared/wire";
import { alerts, trouble, waiting } from "./state";

export async function give(alertId: string, answer: Answer): Promise<void> {
  const id = newId();
  await keep({
    id,
    kind: "answer",
    url: `/api/v1/alerts/${encodeURIComponent(alertId)}/answers`,
    body: { id, answer, answered_at: new Date().toISOString() },
    alertId,
    answer,
  });
  await showWaiting();
  await sendWaiting();
}

export async function sendWaiting(): Promise<void> {
  const { taken, refused } = await flush();
  for (const { response } of taken) {
    if (isAlert(response)) alerts.value = withAlert(alerts.value, response);
  }
  if (refused.length > 0) trouble.value = "error.not_sent";
  await showWaiting();
}

export async function showWaiting(): Promise<void> {
  waiting.value = await waitingAnswers();
}

function isAlert(response: unknown): response is Alert {
  return typeof response === "object" && response !== null && "geofence" in response;
}
