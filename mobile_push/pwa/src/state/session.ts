// Who uses this phone, and what it knew when it was last connected.
import { closestLanguage } from "../shared/languages";
import { type Language, learn } from "../shared/phrases";
import { forgetEverything, save, saved } from "../shared/storage";
import type { Alert, Me, SiteMap } from "../shared/wire";
import { ApiError, call, get } from "./api";
import { sendWaiting, showWaiting } from "./answers";
import { turnOff } from "./bell";
import * as state from "./state";

/** Show what the phone remembers at once, then ask the server. */
export async function begin(): Promise<void> {
  void navigator.storage?.persist?.().catch(() => undefined); // what waits to be sent must not be cleared
  await remember().catch(() => undefined); // private windows have no memory
  try {
    // Both at once: on a slow link each question costs as much as its answer.
    const [, who] = await Promise.allSettled([loadAlerts(), loadMe()]);
    if (who.status === "rejected") throw who.reason;
  } catch (error) {
    signedOutIf(error);
  } finally {
    state.ready.value = true;
  }
}

export async function join(inviteCode: string, name: string): Promise<void> {
  const wish = { invite_code: inviteCode, language: state.language.value };
  await call("POST", "/session", name === "" ? wish : { ...wish, name });
  await loadMe();
}

export async function signIn(name: string, password: string): Promise<void> {
  await call("POST", "/session", { name, password });
  await loadMe();
}

export async function signOut(): Promise<void> {
  // Or the phone would ring on for somebody who has left it.
  await sendWaiting().catch(() => undefined); // what was said is not lost with the sign-out
  await turnOff().catch(() => undefined);
  await call("DELETE", "/session").catch(() => undefined);
  await forget();
}

export async function loadMe(): Promise<void> {
  const me = await get<Me>("/me");
  const before = await saved("me").catch(() => undefined);
  if (before !== undefined && before.person.id !== me.person.id) await forget();
  state.me.value = me;
  await save("me", me).catch(() => undefined);
}

/** Fetch the list; returns what was known before it. */
export async function loadAlerts(): Promise<Alert[]> {
  const { alerts, now } = await get<{ alerts: Alert[]; now: string }>("/alerts?limit=50");
  state.clockSkewMs.value = Date.parse(now) - Date.now();
  const before = state.alerts.value;
  state.alerts.value = alerts;
  state.savedAtMs.value = null;
  await saveAlerts();
  return before;
}

export async function loadMap(): Promise<void> {
  const map = await get<SiteMap>("/map");
  state.siteMap.value = map;
  await save("map", map).catch(() => undefined);
}

export async function saveAlerts(): Promise<void> {
  const snapshot = { alerts: state.alerts.value, savedAt: state.nowMs.value };
  await save("alerts", snapshot).catch(() => undefined);
}

export async function speak(language: Language): Promise<void> {
  if (!(await learn(language))) {
    state.trouble.value = "error.offline";
    return;
  }
  use(language);
  await save("language", language).catch(() => undefined);
  // The server writes the notifications, so it has to know as well.
  await call("PATCH", "/me", { language }).catch(() => undefined);
}

function use(language: Language): void {
  state.language.value = language;
  document.documentElement.lang = language;
}

/** Go back to the sign-in screen when the server no longer knows us. */
export function signedOutIf(error: unknown): void {
  if (!(error instanceof ApiError) || error.status !== 401) return;
  if (state.me.value !== null) state.trouble.value = "error.signed_out";
  state.me.value = null;
}

/** The server forgets the person, then the phone does. */
export async function deleteMe(): Promise<void> {
  await call("DELETE", "/me");
  await turnOff().catch(() => undefined);
  await forget();
}

async function forget(): Promise<void> {
  await forgetEverything().catch(() => undefined);
  await globalThis.caches?.delete("trunkline-pictures").catch(() => undefined);
  state.me.value = null;
  state.alerts.value = [];
  state.siteMap.value = null;
  state.waiting.value = [];
}

async function remember(): Promise<void> {
  const [me, snapshot, map, language] = await Promise.all([
    saved("me"),
    saved("alerts"),
    saved("map"),
    saved("language"),
  ]);
  const wanted = closestLanguage(language ?? navigator.language);
  use((await learn(wanted)) ? wanted : "en");
  if (me !== undefined) state.me.value = me;
  if (map !== undefined) state.siteMap.value = map;
  if (snapshot !== undefined) {
    state.alerts.value = snapshot.alerts;
    state.savedAtMs.value = snapshot.savedAt;
    state.link.value = { state: "connecting", heardAtMs: snapshot.savedAt };
  }
  state.provedAtMs.value = (await saved("provedAt")) ?? null;
  if (me !== undefined) state.ready.value = true;
  await showWaiting();
}
