// Telling the server where this phone is reached.
import { newId } from "./ids";
import { keep } from "./outbox";

const ROUTE = "/api/v1/phone/subscription";
/** A browser that says when a subscription ends: so long before that it gets another. */
const RENEW_BEFORE_MS = 7 * 86_400_000;

/** `dead`: the server was told by the push service that nobody is reached there any more. */
export type Told = "known" | "dead" | "refused";

export async function tellSubscription(subscription: PushSubscription): Promise<Told> {
  const response = await fetch(ROUTE, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(addressOf(subscription)),
  });
  if (!response.ok) return "refused";
  const { was_gone } = (await response.json().catch(() => ({}))) as { was_gone?: boolean };
  return was_gone === true ? "dead" : "known";
}

/** The same when there may be no signal: it is told like an answer, as soon as there is one. */
export async function keepSubscription(
  subscription: PushSubscription,
  old: string | undefined,
): Promise<void> {
  const address = addressOf(subscription);
  await keep({ id: newId(), kind: "receipt", method: "PUT", url: ROUTE, body: address });
  if (old === undefined || old === subscription.endpoint) return;
  await keep({ id: newId(), kind: "receipt", method: "DELETE", url: ROUTE, body: { endpoint: old } });
}

export function endsSoon(subscription: PushSubscription, nowMs: number): boolean {
  const { expirationTime } = subscription;
  return typeof expirationTime === "number" && expirationTime - nowMs < RENEW_BEFORE_MS;
}

export function keyBytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function addressOf(subscription: PushSubscription): Record<string, unknown> {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, keys };
}
