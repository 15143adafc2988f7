// Whether this phone can be rung when the app is closed, and switching it on and off.
import { signal } from "@preact/signals";

import { save, saved } from "../shared/storage";
import { endsSoon, keyBytes, tellSubscription } from "../shared/subscription";
import { call } from "./api";
import { me } from "./state";

export type Bell =
  | "checking"
  | "on"
  | "off"
  | "denied"
  | "unsupported"
  | "insecure"
  | "home_screen"
  | "failed";

export const bell = signal<Bell>("checking");

export async function checkBell(): Promise<void> {
  const obstacle = obstacleOf();
  if (obstacle !== null) {
    bell.value = obstacle;
    return;
  }
  const subscription = (await ownSubscription()) ?? (await renewed());
  if (subscription === null) {
    bell.value = Notification.permission === "denied" ? "denied" : "off";
    return;
  }
  bell.value = (await isKnown(subscription)) ? "on" : "failed";
}

export async function turnOn(): Promise<void> {
  bell.value = "checking";
  try {
    if ((await Notification.requestPermission()) !== "granted") return await checkBell();
    await subscribe();
    await save("bellWanted", true).catch(() => undefined);
    await checkBell();
  } catch {
    bell.value = "failed"; // the push service of the phone's maker can't be reached
  }
}

export async function turnOff(): Promise<void> {
  await save("bellWanted", false).catch(() => undefined);
  const subscription = await ownSubscription();
  if (subscription !== null) {
    await call("DELETE", "/phone/subscription", { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }
  await checkBell();
}

/** Browsers drop subscriptions, at times without a word; whoever wanted to be rung still does. */
async function renewed(): Promise<PushSubscription | null> {
  const own = await saved("bellWanted").catch(() => undefined);
  const isWanted = own ?? me.value?.phone.subscribed; // a phone that was cleared has forgotten
  if (!isWanted || Notification.permission !== "granted") return null;
  return subscribe().catch(() => null);
}

async function subscribe(): Promise<PushSubscription> {
  const registration = await navigator.serviceWorker.ready;
  return registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: keyBytes(me.value?.vapid_public_key ?? ""),
  });
}

/** Tell the server again each time: it may have been restored from an older copy. */
async function isKnown(subscription: PushSubscription): Promise<boolean> {
  try {
    const isGood = isOfThisServer(subscription) && !endsSoon(subscription, Date.now());
    const told = isGood ? await tellSubscription(subscription) : "dead";
    // Its push service has ended it, though the browser may not know.
    return told === "dead" ? await isReplaced(subscription) : told === "known";
  } catch {
    return navigator.onLine === false; // without a signal we believe what we had
  }
}

async function isReplaced(old: PushSubscription): Promise<boolean> {
  await old.unsubscribe();
  const fresh = await subscribe();
  const told = await tellSubscription(fresh);
  // Some push services give the same address again.
  if (fresh.endpoint !== old.endpoint) {
    await call("DELETE", "/phone/subscription", { endpoint: old.endpoint }).catch(() => undefined);
  }
  return told !== "refused";
}

function isOfThisServer(subscription: PushSubscription): boolean {
  const key = subscription.options.applicationServerKey;
  if (key === null || me.value === null) return true;
  const wanted = keyBytes(me.value.vapid_public_key);
  const own = new Uint8Array(key);
  return own.length === wanted.length && own.every((byte, index) => byte === wanted[index]);
}

async function ownSubscription(): Promise<PushSubscription | null> {
  if (obstacleOf() !== null) return null;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

function obstacleOf(): Bell | null {
  if (!window.isSecureContext) return "insecure";
  const isApple = /iPhone|iPad/.test(navigator.userAgent);
  if (isApple && !window.matchMedia("(display-mode: standalone)").matches) return "home_screen";
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  return able ? null : "unsupported";
}
