import { Empty, Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import type { Alert, AlertList } from "../service/contract";
import type { Loaded } from "../service/use_loaded";
import { AlertEntry } from "./alert_entry";
import { isOpen, mostUrgentFirst } from "./rules";

const words = phrases.alerts;

/** Every alert: how near, for whom, and who answered. */
export function AlertsScreen({ alerts, now }: { alerts: Loaded<AlertList>; now: number }) {
  const { content, problem, reload } = alerts;
  if (content === null) {
    return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  }
  if (content.alerts.length === 0) return <Empty title={words.empty} about={words.emptyAbout} />;
  const ordered = mostUrgentFirst(content.alerts, now);
  const open = ordered.filter((alert) => isOpen(alert, now));
  const closed = ordered.filter((alert) => !isOpen(alert, now));
  return (
    <section class="screen" aria-labelledby="alerts-title">
      <h1 id="alerts-title" class="unseen">
        {phrases.tabs.alerts}
      </h1>
      <AlertGroup title={words.open} alerts={open} nothing={phrases.map.noAlerts} now={now} />
      {closed.length > 0 && <AlertGroup title={words.closed} alerts={closed} nothing="" now={now} />}
    </section>
  );
}

interface AlertGroupProps {
  title: string;
  alerts: Alert[];
  nothing: string;
  now: number;
}

function AlertGroup({ title, alerts, nothing, now }: AlertGroupProps) {
  return (
    <section class="alert-group" aria-label={title} aria-live="polite">
      <h2>
        {title} <span class="count">{alerts.length}</span>
      </h2>
      {alerts.length === 0 && <p class="quiet">{nothing}</p>}
      <ul class="alerts">
        {alerts.map((alert) => (
          <AlertEntry key={alert.id} alert={alert} now={now} />
        ))}
      </ul>
    </section>
  );
}
