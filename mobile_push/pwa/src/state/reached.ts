// Proof that an alert reached this person: what an open app showed, and what of it was opened.
import { newId } from "../shared/ids";
import { keep } from "../shared/outbox";
import { saved } from "../shared/storage";
import { sendWaiting } from "./answers";

const told = new Set<string>();

/** The open app shows an alert, or the person has opened it. Said once while the app lives. */
export async function tellGlance(alertId: string, kind: "shown" | "opened"): Promise<void> {
  const what = `${kind} ${alertId}`;
  if (told.has(what)) return;
  told.add(what);
  const at = new Date().toISOString();
  const url = `/api/v1/alerts/${encodeURIComponent(alertId)}/glances`;
  await keep({ id: newId(), kind: "receipt", url, body: { kind, at } });
  if (kind === "opened") await tellPush(alertId, at);
  await sendWaiting();
}

/** It came by push as well, and was opened from the app rather than from its notification. */
async function tellPush(alertId: string, at: string): Promise<void> {
  const pushed = (await saved("pushed").catch(() => undefined)) ?? [];
  for (const { deliveryId, token } of pushed.filter((one) => one.alertId === alertId)) {
    const url = `/api/v1/deliveries/${encodeURIComponent(deliveryId)}/receipts`;
    await keep({ id: newId(), kind: "receipt", url, body: { kind: "opened", at, token } });
  }
}
