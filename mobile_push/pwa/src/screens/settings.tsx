import { useEffect } from "preact/hooks";

import { LanguageChoice } from "../parts/language";
import { type Bell, bell, checkBell, turnOff, turnOn } from "../state/bell";
import { signOut } from "../state/session";
import { language, me, nowMs, t } from "../state/state";
import { agoWords } from "../words";

export function SettingsScreen() {
  const person = me.value?.person;
  return (
    <main class="screen" id="main">
      <h1 class="title" tabIndex={-1}>
        {t("settings.title")}
      </h1>
      <BellSection />
      <LanguageChoice />
      <Places />
      <button class="button" type="button" data-testid="sign-out" onClick={() => void signOut()}>
        {t("settings.sign_out")}
        {person?.name ? ` (${person.name})` : ""}
      </button>
    </main>
  );
}

function BellSection() {
  useEffect(() => void checkBell(), []);
  const now = bell.value;
  return (
    <section class="bell" data-testid="bell" data-state={now} aria-labelledby="bell-title">
      <h2 id="bell-title">{t("ring.title")}</h2>
      <p role="status">{t(`ring.${now}`)}</p>
      {(now === "off" || now === "failed") && (
        <button
          class="button button--main"
          type="button"
          data-testid="bell-on"
          onClick={() => void turnOn()}
        >
          {t("ring.enable")}
        </button>
      )}
      {now === "on" && (
        <button class="button" type="button" data-testid="bell-off" onClick={() => void turnOff()}>
          {t("ring.disable")}
        </button>
      )}
      <BellFacts now={now} />
    </section>
  );
}

function BellFacts({ now }: { now: Bell }) {
  const permission = "Notification" in window ? Notification.permission : null;
  const reached = me.value?.phone.last_reached_at;
  const isRegistered = now === "on" ? t("ring.yes") : t("ring.no");
  return (
    <dl class="facts">
      {permission !== null && (
        <>
          <dt>{t("ring.permission")}</dt>
          <dd>{t(`ring.permission.${permission}`)}</dd>
        </>
      )}
      <dt>{t("ring.subscription")}</dt>
      <dd>{isRegistered}</dd>
      <dt>{t("ring.reached")}</dt>
      <dd data-testid="last-reached">
        {reached ? agoWords(language.value, Date.parse(reached), nowMs.value) : t("ring.reached.never")}
      </dd>
    </dl>
  );
}

function Places() {
  const places = me.value?.geofences ?? [];
  return (
    <section>
      <h2>{t("settings.places")}</h2>
      {places.length === 0 && <p class="quiet">{t("settings.places.none")}</p>}
      <ul class="places">
        {places.map((place) => (
          <li key={place.id}>{place.name}</li>
        ))}
      </ul>
    </section>
  );
}
