// From a push to a notification, and from a tap to an answer.
import { newId } from "../shared/ids";
import { flush, isAnythingWaiting, keep } from "../shared/outbox";
import { closestLanguage, type Language } from "../shared/languages";
import { save, saved } from "../shared/storage";
import type { Answer } from "../shared/wire";
import { type Notice, readNotice } from "./payload";
import { everRung, hasRung, rememberRing } from "./rung";

declare const self: ServiceWorkerGlobalScope;
// The pictures themselves: Chromium fetches an address first, and shows nothing while a weak link
// hangs on it.
declare const __ICON__: string;
declare const __BADGE__: string;

// Not all of these are in TypeScript's own list yet.
interface PhoneNotification extends NotificationOptions {
  actions?: { action: string; title: string }[];
  renotify?: boolean;
  timestamp?: number;
  vibrate?: number[];
}

const ANSWERS: readonly string[] = ["seen", "on_my_way", "false_alarm", "all_clear"];

const VIBRATION_MS: Record<string, number[]> = {
  danger: [800, 200, 800, 200, 800, 200, 800],
  warning: [500, 200, 500],
  watch: [200],
};

export async function onPush(text: string): Promise<void> {
  shown = ring(text, new Date());
  await shown;
  await sendWhatWaits();
}

/** All that the bell wants to know of the past, and none of it needs to. */
interface Memory {
  language: Language;
  rung: readonly string[];
}

const MEMORY_MAY_TAKE_MS = 500;

/** What the phone remembers, if it does so soon: a disk that is slow or stuck must not hold the bell. */
async function memory(): Promise<Memory> {
  const nothing = { language: closestLanguage(navigator.language), rung: [] };
  const late = new Promise<Memory>((resolve) => setTimeout(resolve, MEMORY_MAY_TAKE_MS, nothing));
  const found = Promise.all([ownLanguage(), everRung()]).then(([language, rung]) => ({ language, rung }));
  return Promise.race([found.catch(() => nothing), late]);
}

/** The last push, until all of it is written down: a quick thumb comes after it. */
let shown: Promise<void> = Promise.resolve();

async function ring(text: string, receivedAt: Date): Promise<void> {
  // The bell first: bookkeeping must never stand between an elephant and a person.
  const { language, rung } = await memory();
  const notice = readNotice(text, language);
  await show(notice, hasRung(notice.ringId, rung));
  const shownAt = new Date();
  const remembered = Promise.all([rememberRing(notice.ringId), rememberPush(notice, receivedAt)]);
  await keepReceipt(notice, "received", receivedAt);
  await keepReceipt(notice, "shown", shownAt);
  await remembered;
}

export async function onClick(notification: Notification, action: string): Promise<void> {
  const notice = notification.data as Notice;
  notification.close();
  // First, because browsers allow a window only shortly after the tap.
  const opened = openApp(notice.url).catch(() => undefined);
  await shown.catch(() => undefined);
  await keepReceipt(notice, "opened", new Date());
  if (ANSWERS.includes(action)) await keepAnswer(notice, action as Answer);
  await Promise.all([opened, sendWhatWaits()]);
}

/** Send now, and ask the browser to wake us when there is a signal if some of it still waits. */
export async function sendWhatWaits(): Promise<void> {
  if (await sendAndSeeWhetherSomeWaits()) await askToBeWoken();
}

/**
 * The browser has woken us. Whoever asks again while it does is woken again at once, a hundred times a second;
 * if this fails instead, the browser waits, longer each time, until its last try.
 */
export async function onWoken(isLastTry: boolean): Promise<void> {
  if (!(await sendAndSeeWhetherSomeWaits())) return;
  if (!isLastTry) throw new Error("some of it still waits");
  await askToBeWoken();
}

async function sendAndSeeWhetherSomeWaits(): Promise<boolean> {
  const me = await saved("me").catch(() => undefined);
  const { taken } = await flush(me?.person.id);
  if (taken.length > 0) {
    for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage("answered");
  }
  return isAnythingWaiting();
}

async function askToBeWoken(): Promise<void> {
  const { sync } = self.registration as { sync?: { register(tag: string): Promise<void> } };
  await sync?.register("trunkline-outbox").catch(() => undefined);
}

async function show(notice: Notice, silent: boolean): Promise<void> {
  const options = optionsOf(notice);
  try {
    // Browsers want every push shown; one that comes again is, without a sound.
    const shown = silent ? { ...withoutBell(options), silent } : options;
    await self.registration.showNotification(notice.title, shown);
  } catch {
    // A browser that dislikes one of the options still rings.
    const { body } = notice;
    await self.registration.showNotification(notice.title, { body, data: notice, silent });
  }
}

function withoutBell(options: PhoneNotification): PhoneNotification {
  const { renotify: _renotify, vibrate: _vibrate, ...rest } = options;
  return rest;
}

function optionsOf(notice: Notice): PhoneNotification {
  return {
    body: notice.body,
    lang: notice.language,
    // Without a tag `renotify` is an error, and an error here would be a silent phone.
    ...(notice.tag === undefined ? {} : { tag: notice.tag, renotify: notice.renotify }),
    requireInteraction: notice.requireInteraction,
    actions: notice.actions,
    icon: __ICON__,
    badge: __BADGE__,
    timestamp: notice.capturedAt,
    vibrate: VIBRATION_MS[notice.level] ?? [500],
    data: notice,
  };
}

async function ownLanguage(): Promise<Language> {
  const chosen = await saved("language").catch(() => undefined);
  return closestLanguage(chosen ?? navigator.language);
}

const PUSHES_REMEMBERED = 50;

/** That this phone was reached, and by what: the app says so, and says when it was opened. */
async function rememberPush(notice: Notice, at: Date): Promise<void> {
  await save("provedAt", at.getTime()).catch(() => undefined);
  const { alertId, deliveryId, token } = notice;
  if (alertId === undefined || deliveryId === undefined || token === undefined) return;
  const known = (await saved("pushed").catch(() => undefined)) ?? [];
  const others = known.filter((one) => one.deliveryId !== deliveryId);
  const pushed = [...others, { alertId, deliveryId, token }].slice(-PUSHES_REMEMBERED);
  await save("pushed", pushed).catch(() => undefined);
}

async function keepReceipt(notice: Notice, kind: string, at: Date): Promise<void> {
  if (notice.deliveryId === undefined || notice.token === undefined) return;
  const body = { kind, at: at.toISOString(), token: notice.token };
  const url = `/api/v1/deliveries/${encodeURIComponent(notice.deliveryId)}/receipts`;
  await keep({ id: newId(), kind: "receipt", url, body });
}

async function keepAnswer(notice: Notice, answer: Answer): Promise<void> {
  if (notice.deliveryId === undefined || notice.token === undefined) return;
  const id = newId();
  const body = { id, answer, answered_at: new Date().toISOString(), token: notice.token };
  const url = `/api/v1/deliveries/${encodeURIComponent(notice.deliveryId)}/answers`;
  const about = notice.alertId === undefined ? {} : { alertId: notice.alertId };
  await keep({ id, kind: "answer", url, body, answer, ...about });
}

async function openApp(url: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname.startsWith("/app/"));
  if (page === undefined) {
    await self.clients.openWindow(url);
    return;
  }
  page.postMessage({ open: new URL(url).hash });
  await page.focus();
}
