// Decisions about alerts: which come first, which ring. Pure.
import type { Alert, Level } from "./shared/wire";

/** Late news never rings: the same limit as the server's. */
const NEWS_LIFETIME_MS = 15 * 60_000;

const RANK: Record<Level, number> = { watch: 0, warning: 1, danger: 2 };

/** People have said how it ended. */
export function isEnded(alert: Alert): boolean {
  return alert.state === "all_clear" || alert.state === "retracted";
}

/** Nobody has ended it, and it is so old that it says nothing of tonight. */
export function isLapsed(alert: Alert, nowMs: number): boolean {
  return !isEnded(alert) && alert.lapses_at !== undefined && nowMs > Date.parse(alert.lapses_at);
}

export function isOpen(alert: Alert, nowMs: number): boolean {
  return !isEnded(alert) && !isLapsed(alert, nowMs);
}

/** The list with this alert in it; an older word about it changes nothing. */
export function withAlert(alerts: Alert[], alert: Alert): Alert[] {
  const known = alerts.find((one) => one.id === alert.id);
  if (known !== undefined && Date.parse(known.changed_at) > Date.parse(alert.changed_at)) {
    return alerts;
  }
  return [...alerts.filter((one) => one.id !== alert.id), alert];
}

/** What is of concern, the most dangerous first. */
export function openOnes(alerts: Alert[], nowMs: number): Alert[] {
  return newestFirst(alerts.filter((alert) => isOpen(alert, nowMs))).sort((a, b) => RANK[b.level] - RANK[a.level]);
}

/** What is over, the newest first. */
export function pastOnes(alerts: Alert[], nowMs: number): Alert[] {
  return newestFirst(alerts.filter((alert) => !isOpen(alert, nowMs)));
}

function newestFirst(alerts: Alert[]): Alert[] {
  return [...alerts].sort((a, b) => Date.parse(b.raised_at) - Date.parse(a.raised_at));
}

/** A new alert rings, and one that has become more dangerous. */
export function mustRing(known: Alert | undefined, alert: Alert, nowMs: number): boolean {
  if (alert.state !== "raised" || !isForMe(alert) || !isNews(alert, nowMs)) return false;
  return known === undefined || RANK[alert.level] > RANK[known.level];
}

/** Danger does not let go until this person has said something. */
export function mustInsist(alert: Alert, nowMs: number): boolean {
  const isUnanswered = !isEnded(alert) && alert.my_answer === null;
  return alert.level === "danger" && isUnanswered && isForMe(alert) && isNews(alert, nowMs);
}

/** Whose places, or whose drill, it is not: shown, without a bell. Servers before 0.2 do not say. */
export function isForMe(alert: Alert): boolean {
  return alert.rings_me !== false;
}

function isNews(alert: Alert, nowMs: number): boolean {
  return nowMs - Date.parse(alert.captured_at) <= NEWS_LIFETIME_MS;
}
