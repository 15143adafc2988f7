// The map's frame: the map itself, what its signs mean, and where one is.
import { useEffect, useRef, useState } from "preact/hooks";

import { openOnes } from "../alerts";
import { TilesOffer } from "../parts/tiles";
import { useChart } from "../parts/use_chart";
import { keptTiles, openTiles } from "../state/tiles";
import { me, alerts, nowMs, siteMap, t } from "../state/state";
import { loadMap } from "../state/session";
import { isRanger } from "../shared/wire";

type Trouble = "map.failed" | "map.me.failed" | null;

export function MapScreen() {
  const [trouble, setTrouble] = useState<Trouble>(null);
  const place = useRef<HTMLDivElement>(null);
  const chart = useChart(place, () => setTrouble("map.failed"));
  const map = siteMap.value;
  const seen = alerts.value;
  const tiles = keptTiles.value;
  const datum = map?.tiles?.datum ?? "wgs84";
  useEffect(() => void openTiles(), []);
  useEffect(() => {
    if (chart === null || map === null) return;
    void chart.lay(tiles?.blob ?? null, tiles?.name ?? "", datum).then(
      () => chart.show(map, openOnes(seen, nowMs.peek())),
      () => chart.show(map, openOnes(seen, nowMs.peek())), // a damaged file: the map is drawn all the same
    );
  }, [chart, map === null, tiles, datum]);
  useEffect(() => {
    if (chart !== null && map !== null) chart.show(map, openOnes(seen, nowMs.peek()));
  }, [chart, map, seen]);
  useEffect(() => void loadMap().catch(() => undefined), [seen]);

  function showMe(): void {
    setTrouble(null);
    if (!("geolocation" in navigator)) return setTrouble("map.me.failed");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => chart?.showMe(coords.latitude, coords.longitude, coords.accuracy),
      () => setTrouble("map.me.failed"),
      { enableHighAccuracy: true, timeout: 20_000 },
    );
  }

  return (
    <main class="map-screen" id="main">
      <h1 class="unseen" tabIndex={-1}>
        {t("map.title")}
      </h1>
      <div class="map" ref={place} data-testid="map" role="region" aria-label={t("map.title")} />
      <div class="map-screen__below">
        <p class="problem" role="alert">
          {trouble !== null ? t(trouble) : map === null && t("map.empty")}
        </p>
        <Legend />
        <TilesOffer />
        <button class="button" type="button" data-testid="where-am-i" onClick={showMe}>
          {t("map.me")}
        </button>
      </div>
    </main>
  );
}

function Legend() {
  const ranger = isRanger(me.value?.person.role ?? "villager");
  return (
    <ul class="legend">
      <li>
        <span class="legend__fence" aria-hidden="true" /> {t("map.fence")}
      </li>
      <li>
        <span class="legend__herd" aria-hidden="true" /> {t("map.herd")}
      </li>
      {(siteMap.value?.herds ?? []).some((herd) => (herd.forecast ?? []).length > 0) && (
        <li>
          <span class="legend__forecast" aria-hidden="true" /> {t("map.forecast")}
        </li>
      )}
      {ranger && (
        <li>
          <span class="legend__station" aria-hidden="true" /> {t("map.station")}
        </li>
      )}
      {!ranger && <li class="quiet">{t("map.blurred")}</li>}
    </ul>
  );
}
