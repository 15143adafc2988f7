// The part of the app that is awake when nobody looks. Each event leads to one function.
import { keepSubscription, keyBytes } from "../shared/subscription";
import { saved } from "../shared/storage";
import { onClick, onPush, onWoken, sendWhatWaits } from "./push";
import { answerFromPhone, dropOldShells, keepShell } from "./shell";

declare const self: ServiceWorkerGlobalScope;

interface SubscriptionChange extends ExtendableEvent {
  readonly oldSubscription: PushSubscription | null;
  readonly newSubscription: PushSubscription | null;
}

interface SyncEvent extends ExtendableEvent {
  readonly lastChance: boolean;
}

self.addEventListener("install", (event) => {
  // A fix to the bell must not wait until every page is closed.
  event.waitUntil(keepShell().catch(unlessFirst).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  // Pushes wait until we are active: no cleaning may hold them.
  void dropOldShells().catch(() => undefined);
  event.waitUntil(self.clients.claim());
});

/** A bell without a shell is better than none; an older worker with its shell is better than half a new one. */
function unlessFirst(error: unknown): void {
  if (self.registration.active !== null) throw error;
}

self.addEventListener("fetch", (event) => {
  const answer = answerFromPhone(event.request);
  if (answer !== undefined) event.respondWith(answer);
});

self.addEventListener("push", (event) => {
  event.waitUntil(onPush(event.data?.text() ?? ""));
});

self.addEventListener("notificationclick", (event) => {
  event.waitUntil(onClick(event.notification, event.action));
});

self.addEventListener("sync" as "message", (event) => {
  event.waitUntil(onWoken((event as ExtendableEvent as SyncEvent).lastChance));
});

self.addEventListener("pushsubscriptionchange", (event) => {
  const change = event as SubscriptionChange;
  change.waitUntil(renew(change.oldSubscription ?? null, change.newSubscription ?? null));
});

/** The browser has ended a subscription: the server is told of the next, now or when there is a signal. */
async function renew(old: PushSubscription | null, made: PushSubscription | null): Promise<void> {
  const next = made ?? (await subscribeAgain(old));
  if (next === null) return;
  await keepSubscription(next, old?.endpoint);
  await sendWhatWaits();
}

async function subscribeAgain(old: PushSubscription | null): Promise<PushSubscription | null> {
  const me = await saved("me");
  const key = old?.options.applicationServerKey ?? (me && keyBytes(me.vapid_public_key));
  if (key === undefined || key === null) return null;
  return self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}
