import { useEffect } from "preact/hooks";

import { LanguageChoice } from "../parts/language";
import { Places } from "../parts/places";
import { Privacy } from "../parts/privacy";
import { lastsMs, ring } from "../ring";
import { isRanger, type Level } from "../shared/wire";
import { canSpeak, readsAloud, setReadsAloud, voiceFor } from "../speech";
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
      <Practice ranger={isRanger(person?.role ?? "villager")} />
      <Sound />
      <Privacy />
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

function Practice({ ranger }: { ranger: boolean }) {
  return (
    <nav class="links" aria-label={t("drill.title")}>
      <a class="button" href="#/drills" data-testid="to-drills">
        {t("drill.title")}
      </a>
      {ranger && (
        <a class="button" href="#/reach" data-testid="to-reach">
          {t("reach.title")}
        </a>
      )}
    </nav>
  );
}

const LEVELS: Level[] = ["watch", "warning", "danger"];

function Sound() {
  const hasVoice = voiceFor(language.value) !== undefined;
  function play(): void {
    let afterMs = 0;
    for (const level of LEVELS) {
      setTimeout(() => ring(level), afterMs);
      afterMs += lastsMs(level) + 400;
    }
  }
  return (
    <section class="bell" aria-labelledby="sound-title">
      <h2 id="sound-title">{t("sound.title")}</h2>
      {canSpeak(language.value) ? (
        <label class="choice__one">
          <input
            type="checkbox"
            data-testid="read-aloud"
            checked={readsAloud.value}
            onChange={(event) => void setReadsAloud(event.currentTarget.checked)}
          />
          <span>{t("sound.aloud")}</span>
        </label>
      ) : (
        <p class="quiet" data-testid="no-voice">
          {t("sound.no_voice")}
        </p>
      )}
      {!hasVoice && canSpeak(language.value) && (
        <p class="quiet" data-testid="clips-only">
          {t("sound.clips")}
        </p>
      )}
      <button class="button" type="button" data-testid="try-sounds" onClick={play}>
        {t("sound.try")}
      </button>
    </section>
  );
}
