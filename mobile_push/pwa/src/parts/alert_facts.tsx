// What an alert says beyond its own words: how far from me, which way they go, and who saw them.
import { useState } from "preact/hooks";

import { bearingDeg, distanceM, headingOf } from "../geometry";
import { type Alert, isRanger } from "../shared/wire";
import { call } from "../state/api";
import { follow, here, looking } from "../state/place";
import { language, me, nowMs, siteMap, t } from "../state/state";
import { directionWord, distanceWords, timeWords } from "../words";
import { bearingOf, Direction, Pictogram, Walking } from "./signs";

/** A step of a herd's way that says where it goes: longer than a camera sees. */
const LEAST_STEP_M = 100;

export function FromMe({ alert }: { alert: Alert }) {
  const place = here.value;
  if (place === null) {
    return (
      <button class="button" type="button" data-testid="from-me" disabled={looking.value === "looking"} onClick={follow}>
        <Pictogram of="measure" />
        {t(looking.value === "failed" ? "map.me.failed" : looking.value === "looking" ? "report.looking" : "alert.measure")}
      </button>
    );
  }
  const away = distanceM(place, alert.position);
  const bearing = bearingDeg(place, alert.position);
  // Nearer than the position is known, a direction would be a guess.
  const isClose = away <= alert.position.uncertainty_m + place.accuracyM;
  const distance = distanceWords(language.value, away);
  return (
    <p class="alert__where" data-testid="from-me-said">
      <Direction bearingDeg={bearing} isInside={isClose} />
      <span>
        {isClose
          ? t("alert.close", { distance: distanceWords(language.value, alert.position.uncertainty_m) })
          : t("where.away", { distance, direction: directionWord(language.value, bearing) })}
        <span class="alert__ago">{t("alert.from_me")}</span>
      </span>
    </p>
  );
}

export function Heading({ alert }: { alert: Alert }) {
  const herd = siteMap.value?.herds.find((one) => one.id === alert.herd_id);
  const said = alert.reported?.heading;
  const heading = said != null ? bearingOf(said) : (herd?.heading_deg ?? headingOf(herd?.path ?? [], LEAST_STEP_M));
  const arrival = herd?.arrivals?.find((one) => one.geofence.id === alert.geofence.id);
  if (heading === null) return null;
  const time = (at: string) => timeWords(language.value, Date.parse(at), nowMs.value);
  return (
    <p class="alert__where" data-testid="heading">
      <Walking bearingDeg={heading} />
      <span>
        {t("alert.heading", { direction: directionWord(language.value, heading) })}
        {arrival !== undefined && alert.distance_m > 0 && (
          <span class="alert__ago">
            {t("alert.arrival", { from: time(arrival.earliest_at), to: time(arrival.latest_at) })}
          </span>
        )}
      </span>
    </p>
  );
}

export function Reported({ alert }: { alert: Alert }) {
  const [failed, setFailed] = useState(false);
  const { reported } = alert;
  if (reported == null) return null;
  const mayConfirm = isRanger(me.value?.person.role ?? "villager") && !reported.believed;
  async function confirm(id: string): Promise<void> {
    setFailed(false);
    await call("POST", `/reports/${encodeURIComponent(id)}/confirm`).catch(() => setFailed(true));
  }
  return (
    <div class="note" data-testid="reported">
      <p>
        {reported.person === null ? t("alert.reported.somebody") : t("alert.reported", { person: reported.person })}
        {!reported.believed && ` ${t("alert.unconfirmed")}`}
      </p>
      {failed && <p class="problem">{t("error.offline")}</p>}
      {mayConfirm && (
        <button class="button button--main" type="button" data-testid="confirm" onClick={() => void confirm(reported.id)}>
          <Pictogram of="confirm" />
          {t("alert.confirm")}
        </button>
      )}
    </div>
  );
}
