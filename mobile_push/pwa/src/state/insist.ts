// Danger rings again until its person answers, as long as the app is open and it is news.
import { effect } from "@preact/signals";

import { mustInsist } from "../alerts";
import { ring } from "../ring";
import { alerts, link, nowMs, savedAtMs, waiting } from "./state";

const EVERY_MS = 15_000;
let isNobodyThere = false; // the link was lost since it was last live; trying again changes nothing
const rungAtMs = new Map<string, number>();

/** The alert has just rung by itself. */
export function hasRung(alertId: string, atMs: number): void {
  rungAtMs.set(alertId, atMs);
}

export function insist(): () => void {
  return effect(() => {
    const now = nowMs.value;
    // What the phone only remembers may be over: first ask, and ring if nobody can be asked.
    if (link.value.state !== "connecting") isNobodyThere = link.value.state === "lost";
    if (savedAtMs.value !== null && !isNobodyThere) return;
    const answered = new Set(waiting.value.map((post) => post.alertId));
    const due = alerts.value.filter(
      (alert) =>
        mustInsist(alert, now) &&
        !answered.has(alert.id) &&
        now - (rungAtMs.get(alert.id) ?? -Infinity) >= EVERY_MS,
    );
    for (const alert of due) rungAtMs.set(alert.id, now);
    if (due.length > 0) ring("danger");
  });
}
