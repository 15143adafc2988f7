import { useEffect, useRef, useState } from "preact/hooks";

import type { PhraseKey } from "../shared/phrases";
import { ApiError } from "../state/api";
import { follow } from "../state/places";
import { loadMap } from "../state/session";
import { me, siteMap, t } from "../state/state";

/** The places of the site; whoever ticks one is rung for it. */
export function Places() {
  const [wanted, setWanted] = useState<number[] | null>(null); // until the server has it
  const [trouble, setTrouble] = useState<PhraseKey | null>(null);
  useEffect(() => void loadMap().catch(() => undefined), []);
  const sending = useRef<Promise<void>>(Promise.resolve());
  const followed = wanted ?? (me.value?.geofences ?? []).map((place) => place.id);
  const places = siteMap.value?.geofences.features.map((one) => one.properties) ?? me.value?.geofences ?? [];

  function change(id: number, isWanted: boolean): void {
    const others = followed.filter((one) => one !== id);
    const ids = isWanted ? [...others, id] : others;
    setTrouble(null);
    setWanted(ids);
    const told = sending.current
      .then(() => follow(ids)) // one after another: the last tap is the last word
      .catch((error: unknown) => setTrouble(error instanceof ApiError ? error.phrase : "error.server"))
      .then(() => {
        if (sending.current === told) setWanted(null);
      });
    sending.current = told;
  }

  const isLast = (id: number) => followed.length === 1 && followed[0] === id;
  return (
    <fieldset class="choice choice--places" data-testid="places" aria-busy={wanted !== null}>
      <legend>{t("settings.places")}</legend>
      {places.length === 0 && <p class="choice__wide quiet">{t("settings.places.none")}</p>}
      {places.map(({ id, name }) => (
        <label key={id} class="choice__one">
          <input
            type="checkbox"
            data-testid={`place-${id}`}
            checked={followed.includes(id)}
            // Whoever follows nothing hears nothing, and would not know why.
            aria-disabled={isLast(id)}
            onClick={(event) => isLast(id) && event.preventDefault()}
            onChange={(event) => change(id, event.currentTarget.checked)}
          />
          <span>{name}</span>
        </label>
      ))}
      {followed.length === 1 && <p class="choice__wide quiet">{t("settings.places.one")}</p>}
      <p class="choice__wide problem" role="alert">
        {trouble !== null && t(trouble)}
      </p>
    </fieldset>
  );
}
