import { useEffect } from "preact/hooks";

import { isOpen, withAlert } from "../alerts";
import { clipOf } from "../clips";
import { Answers } from "../parts/answers";
import { DrillRibbon } from "../parts/drill";
import { EvidencePicture } from "../parts/evidence";
import { FromMe, Heading, Reported } from "../parts/alert_facts";
import { Age, Direction, Elephants, LevelSign, Pictogram, signOf } from "../parts/signs";
import type { Alert, GivenAnswer } from "../shared/wire";
import { canSay, type Said, say } from "../speech";
import { get } from "../state/api";
import { tellGlance } from "../state/reached";
import { loadMap } from "../state/session";
import { alerts, language, nowMs, t, waiting } from "../state/state";
import { agoWords, countWords, distanceWords, timeWords, whereWords } from "../words";
import { signWord } from "./alerts";

export function AlertScreen({ id }: { id: string }) {
  const alert = alerts.value.find((one) => one.id === id);
  const isHere = alert !== undefined;
  useEffect(() => {
    if (!isHere) void fetchAlert(id);
    else void tellGlance(id, "opened");
  }, [id, isHere]);
  return (
    <main class="screen screen--alert" id="main">
      <a class="back" href="#/" data-testid="back">
        <span aria-hidden="true">←</span> {t("alert.back")}
      </a>
      {alert === undefined ? <p class="empty">{t("alert.missing")}</p> : <Whole key={alert.id} alert={alert} />}
    </main>
  );
}

async function fetchAlert(id: string): Promise<void> {
  // From a notification the app may open before the list has come.
  const alert = await get<Alert>(`/alerts/${encodeURIComponent(id)}`).catch(() => null);
  if (alert !== null) alerts.value = withAlert(alerts.value, alert);
}

function Whole({ alert }: { alert: Alert }) {
  const tongue = language.value;
  const sign = signOf(alert, nowMs.value);
  const open = isOpen(alert, nowMs.value);
  const said = saidOf(alert);
  const seenAtMs = Date.parse(alert.captured_at);
  // The herd's way is the map's to tell, and it has gone on since.
  useEffect(() => void loadMap().catch(() => undefined), [alert.captured_at]);
  return (
    <article class={`alert level--${sign}`} data-testid="alert-detail" data-state={alert.state}>
      {alert.simulated && <DrillRibbon />}
      <h1 class="alert__band" tabIndex={-1}>
        <LevelSign sign={sign} />
        <span>
          <strong>{signWord(alert)}</strong>
          <span class="alert__place">{alert.geofence.name}</span>
        </span>
      </h1>
      <p class="alert__count">
        {countWords(tongue, alert.count)} <Elephants count={alert.count} />
      </p>
      <p class="alert__where">
        <Direction bearingDeg={alert.bearing_deg} isInside={alert.distance_m <= 0} />
        <span>
          {whereWords(tongue, alert)}
          <span class="alert__ago">
            <Age ms={nowMs.value - seenAtMs} /> {agoWords(tongue, seenAtMs, nowMs.value)}
          </span>
        </span>
      </p>
      {open && <FromMe alert={alert} />}
      {open && <Heading alert={alert} />}
      <Reported alert={alert} />
      <EvidencePicture alert={alert} />
      {canSay(said, tongue) && (
        <button class="button" type="button" data-testid="listen" onClick={() => say(said, tongue)}>
          <Pictogram of="listen" />
          {t("alert.listen")}
        </button>
      )}
      <Facts alert={alert} />
      <a class="button" href="#/map">
        <Pictogram of="map" />
        {t("alert.on_map")}
      </a>
      <People alert={alert} />
      <Answers alert={alert} />
    </article>
  );
}

function saidOf(alert: Alert): Said {
  const tongue = language.value;
  const drill = alert.simulated ? [t("drill.word")] : [];
  const facts = [signWord(alert), alert.geofence.name, countWords(tongue, alert.count), whereWords(tongue, alert)];
  const ago = agoWords(tongue, Date.parse(alert.captured_at), nowMs.value);
  return { text: [...drill, ...facts, ago].join(", "), clip: clipOf(alert, nowMs.value) };
}

function Facts({ alert }: { alert: Alert }) {
  const tongue = language.value;
  const { latitude, longitude, uncertainty_m } = alert.position;
  const time = (at: string) => timeWords(tongue, Date.parse(at), nowMs.value);
  return (
    <dl class="facts">
      {alert.reported == null && (
        <>
          <dt>{t("alert.seen_at")}</dt>
          <dd>{time(alert.captured_at)}</dd>
        </>
      )}
      <dt>{t("alert.raised_at")}</dt>
      <dd>{time(alert.raised_at)}</dd>
      {alert.station !== null && (
        <>
          <dt>{t("alert.station")}</dt>
          <dd>{alert.station.name}</dd>
        </>
      )}
      <dt>{t("alert.position")}</dt>
      <dd>
        {latitude.toFixed(4)}, {longitude.toFixed(4)}
        <br />
        <small>{t("alert.approximate", { distance: distanceWords(tongue, uncertainty_m) })}</small>
      </dd>
    </dl>
  );
}

function People({ alert }: { alert: Alert }) {
  const mine = waiting.value.filter((post) => post.alertId === alert.id);
  return (
    <section class="people">
      <h2 class="heading">{t("alert.answers")}</h2>
      {alert.answers.length === 0 && mine.length === 0 && isOpen(alert, nowMs.value) && (
        <p class="quiet">{t("alert.no_answers")}</p>
      )}
      <ul data-testid="given-answers">
        {alert.answers.map((given) => (
          <Given key={`${given.person} ${given.answered_at}`} given={given} />
        ))}
        {mine.map((post) => (
          <li key={post.id} data-testid="answer-waiting">
            {post.answer && t("alert.waiting", { answer: t(`answer.${post.answer}`) })}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Given({ given }: { given: GivenAnswer }) {
  return (
    <li>
      <strong>{given.person}</strong> {t(`answer.${given.answer}`)}
      <small>{agoWords(language.value, Date.parse(given.answered_at), nowMs.value)}</small>
    </li>
  );
}
