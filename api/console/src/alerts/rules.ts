/** How alerts are ordered and renewed. Pure. */
import type { Alert, AlertList } from "../service/contract";

/** Still of concern: neither cleared nor taken back. */
export function isOpen(alert: Alert): boolean {
  return alert.state === "raised" || alert.state === "acknowledged";
}

const URGENCY = { danger: 0, warning: 1, watch: 2 };

/** Open before closed, near before far, then the latest change first. */
export function mostUrgentFirst(alerts: Alert[]): Alert[] {
  return [...alerts].sort(
    (one, other) =>
      Number(isOpen(other)) - Number(isOpen(one)) ||
      (isOpen(one) ? URGENCY[one.level] - URGENCY[other.level] : 0) ||
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
