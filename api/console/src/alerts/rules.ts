/** How alerts are ordered and renewed. Pure. */
import type { Alert, AlertList } from "../service/contract";

/** Nobody has cleared it or taken it back, and it is so old that it says nothing of tonight. */
export function isLapsed(alert: Alert, now: number): boolean {
  return !isEnded(alert) && now > Date.parse(alert.lapses_at);
}

/** Still of concern. */
export function isOpen(alert: Alert, now: number): boolean {
  return !isEnded(alert) && !isLapsed(alert, now);
}

function isEnded(alert: Alert): boolean {
  return alert.state === "all_clear" || alert.state === "retracted";
}

const URGENCY = { danger: 0, warning: 1, watch: 2 };

/** Open before closed, near before far, then the latest change first. */
export function mostUrgentFirst(alerts: Alert[], now: number): Alert[] {
  return [...alerts].sort(
    (one, other) =>
      Number(isOpen(other, now)) - Number(isOpen(one, now)) ||
      (isOpen(one, now) ? URGENCY[one.level] - URGENCY[other.level] : 0) ||
      Date.parse(other.changed_at) - Date.parse(one.changed_at),
  );
}

/** Put news of one alert in its place, unless something newer is known already. */
export function withAlert(list: AlertList, news: Alert): AlertList {
  const known = list.alerts.find(({ id }) => id === news.id);
  if (known && Date.parse(known.changed_at) > Date.parse(news.changed_at)) return list;
  const others = list.alerts.filter(({ id }) => id !== news.id);
  return { ...list, alerts: [{ ...known, ...news }, ...others] };
}
