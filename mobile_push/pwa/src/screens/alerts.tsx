import { isEnded, isForMe, isLapsed, isOpen, openOnes, pastOnes } from "../alerts";
import { DrillRibbon } from "../parts/drill";
import { Proof } from "../parts/proof";
import { Direction, Elephant, Elephants, LevelSign, signOf } from "../parts/signs";
import { type Alert, isRanger } from "../shared/wire";
import { alerts, language, me, nowMs, savedAtMs, t, waiting } from "../state/state";
import { agoWords, countWords, timeWords, whereWords } from "../words";

export function AlertsScreen() {
  const ranger = isRanger(me.value?.person.role ?? "villager");
  // Somebody else's drill is no villager's business.
  const shown = alerts.value.filter((alert) => ranger || !alert.simulated || isForMe(alert));
  const open = openOnes(shown, nowMs.value);
  const over = pastOnes(shown, nowMs.value);
  return (
    <main class="screen" id="main">
      <h1 class="unseen" tabIndex={-1}>
        {t("alerts.title")}
      </h1>
      {savedAtMs.value !== null && (
        <p class="note" data-testid="saved">
          {t("alerts.saved", { time: timeWords(language.value, savedAtMs.value, nowMs.value) })}
        </p>
      )}
      {open.length === 0 && <NoAlerts />}
      <AlertList alerts={open} title={t("alerts.open")} />
      <AlertList alerts={over} title={t("alerts.closed")} />
      <Proof />
    </main>
  );
}

function NoAlerts() {
  return (
    <div class="empty" data-testid="no-alerts">
      <Elephant />
      <p class="empty__title">{t("alerts.empty")}</p>
      <p class="quiet">{t("alerts.empty.about")}</p>
    </div>
  );
}

function AlertList({ alerts, title }: { alerts: Alert[]; title: string }) {
  if (alerts.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 class="heading">{title}</h2>
      <ul class="cards">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <AlertCard alert={alert} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function AlertCard({ alert }: { alert: Alert }) {
  const sign = signOf(alert, nowMs.value);
  const tongue = language.value;
  return (
    <a
      class={`card level--${sign}`}
      href={`#/alert/${encodeURIComponent(alert.id)}`}
      data-testid="alert"
      data-alert={alert.id}
      data-level={alert.level}
      data-state={alert.state}
    >
      {alert.simulated && <DrillRibbon />}
      <span class="card__band">
        <LevelSign sign={sign} />
        <strong>{signWord(alert)}</strong>
        <time class="card__ago" dateTime={alert.captured_at}>
          {agoWords(tongue, Date.parse(alert.captured_at), nowMs.value)}
        </time>
      </span>
      <span class="card__body">
        <span class="card__place">{alert.geofence.name}</span>
        <span class="card__count">
          {countWords(tongue, alert.count)} <Elephants count={alert.count} />
        </span>
        <span class="card__where">
          <Direction bearingDeg={alert.bearing_deg} isInside={alert.distance_m <= 0} />
          {whereWords(tongue, alert)}
        </span>
        <AnswerLine alert={alert} />
      </span>
    </a>
  );
}

function AnswerLine({ alert }: { alert: Alert }) {
  const mine = waiting.value.findLast((post) => post.alertId === alert.id)?.answer;
  if (mine !== undefined) {
    return <span class="card__state">{t("alert.waiting", { answer: t(`answer.${mine}`) })}</span>;
  }
  if (isEnded(alert)) return null;
  const said = alert.my_answer
    ? t("alert.yours", { answer: t(`answer.${alert.my_answer}`) })
    : t(`state.${alert.state}`);
  const was = isLapsed(alert, nowMs.value) ? `${t(`level.${alert.level}`)}: ` : "";
  return <span class="card__state">{was + said}</span>;
}

/** The level while it lasts; afterwards how it ended, or that it never was. */
export function signWord(alert: Alert): string {
  if (isOpen(alert, nowMs.value)) return t(`level.${alert.level}`);
  return t(isEnded(alert) ? `state.${alert.state}` : "state.lapsed");
}
