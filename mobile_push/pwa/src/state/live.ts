// The live stream (server-sent events), read with `fetch` rather than EventSource: only so can we
// hear the server's pings, and a link that is dead without saying so is the usual one here.
import { createParser, type EventSourceMessage } from "eventsource-parser";

import { mustRing, withAlert } from "../alerts";
import { clipOf } from "../clips";
import { lastsMs, ring } from "../ring";
import type { Alert } from "../shared/wire";
import { readsAloud, say } from "../speech";
import { countWords, whereWords } from "../words";
import { sendWaiting } from "./answers";
import { hasRung } from "./insist";
import { tellGlance } from "./reached";
import { loadAlerts, loadMe, saveAlerts, signedOutIf } from "./session";
import * as state from "./state";

/** The server pings every 15 s; two and a half of them missing is a dead link. */
const SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

let lastEventId = "";
let hasHeard = false;

/** Listen until `signal` is aborted; whatever breaks, try again. */
export async function listen(signal: AbortSignal): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const startedMs = Date.now();
    try {
      await hear(signal);
    } catch (error) {
      signedOutIf(error);
    }
    if (signal.aborted) return;
    state.link.value = { ...state.link.value, state: "lost" };
    pauseMs = Date.now() - startedMs > SILENCE_MS ? FIRST_PAUSE_MS : pauseMs;
    await pause(pauseMs * (0.5 + Math.random()), signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function hear(signal: AbortSignal): Promise<void> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  signal.addEventListener("abort", stop);
  const watchdog = setInterval(() => isSilent() && abort.abort(), 2_000);
  try {
    heard("connecting");
    const response = await fetch(streamUrl(), { signal: abort.signal });
    if (!response.ok || response.body === null) {
      if (response.status === 401) await loadMe(); // throws: back to the sign-in screen
      throw new Error(`the stream answered ${response.status}`);
    }
    heard("live");
    // After the stream is open, so that nothing falls between the list and the stream.
    const before = await loadAlerts();
    // Whoever has just opened the app sees what there is; only what a broken link hid is news.
    if (hasHeard) ringForNews(before);
    hasHeard = true;
    void sendWaiting();
    await read(response.body);
  } finally {
    clearInterval(watchdog);
    signal.removeEventListener("abort", stop);
    abort.abort();
  }
}

async function read(body: ReadableStream<Uint8Array>): Promise<void> {
  const parser = createParser({ onEvent: (event) => void onEvent(event) });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard("live");
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

async function onEvent(event: EventSourceMessage): Promise<void> {
  if (event.id !== undefined) lastEventId = event.id;
  if (event.event !== "alert") return;
  const alert = JSON.parse(event.data) as Alert;
  const known = state.alerts.value.find((one) => one.id === alert.id);
  state.alerts.value = withAlert(state.alerts.value, alert);
  if (mustRing(known, alert, state.nowMs.value)) announce(alert);
  await saveAlerts();
}

/** What happened while nobody could tell us: it is news all the same. */
function ringForNews(before: Alert[]): void {
  for (const alert of state.alerts.value) {
    const known = before.find((one) => one.id === alert.id);
    if (mustRing(known, alert, state.nowMs.value)) announce(alert);
  }
}

function announce(alert: Alert): void {
  const said = [
    alert.simulated ? state.t("drill.word") : "",
    state.t(`level.${alert.level}`),
    alert.geofence.name,
    countWords(state.language.value, alert.count),
    whereWords(state.language.value, alert),
  ];
  const text = said.filter((part) => part !== "").join(", ");
  state.announcement.value = text;
  hasRung(alert.id, state.nowMs.value);
  ring(alert.level);
  if (readsAloud.value) say({ text, clip: clipOf(alert, state.nowMs.value) }, state.language.value, lastsMs(alert.level));
  // A hidden page rings, but shows nothing.
  if (document.visibilityState === "visible") void tellGlance(alert.id, "shown");
}

function heard(now: state.LinkState): void {
  const heardAtMs = now === "live" ? Date.now() : state.link.value.heardAtMs;
  state.link.value = { state: now, heardAtMs };
  if (now === "connecting") connectingSinceMs = Date.now();
}

let connectingSinceMs = 0;

function isSilent(): boolean {
  const { state: now, heardAtMs } = state.link.value;
  const sinceMs = now === "connecting" ? connectingSinceMs : (heardAtMs ?? 0);
  return Date.now() - sinceMs > SILENCE_MS;
}

function streamUrl(): string {
  const resume = lastEventId === "" ? "" : `?last_event_id=${encodeURIComponent(lastEventId)}`;
  return `/api/v1/stream${resume}`;
}

/** Wait, but no longer than until the phone has a signal again or is looked at. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
    window.addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });
}
