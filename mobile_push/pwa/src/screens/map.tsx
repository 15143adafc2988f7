// The map's frame. Leaflet, the heavier half of the app, comes only when somebody looks at a map.
import { useEffect, useRef, useState } from "preact/hooks";

import type { Chart } from "../map/chart";
import { me, alerts, siteMap, t } from "../state/state";
import { loadMap } from "../state/session";
import { isRanger } from "../shared/wire";

type Trouble = "map.failed" | "map.me.failed" | null;

export function MapScreen() {
  const [trouble, setTrouble] = useState<Trouble>(null);
  const place = useRef<HTMLDivElement>(null);
  const chart = useChart(place, () => setTrouble("map.failed"));
  const map = siteMap.value;
  const seen = alerts.value;
  useEffect(() => {
    if (chart !== null && map !== null) chart.show(map, seen);
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
        <button class="button" type="button" data-testid="where-am-i" onClick={showMe}>
          {t("map.me")}
        </button>
      </div>
    </main>
  );
}

function useChart(place: { current: HTMLDivElement | null }, onFailure: () => void): Chart | null {
  const [chart, setChart] = useState<Chart | null>(null);
  useEffect(() => {
    let made: Chart | null = null;
    let isGone = false;
    import("../map/chart").then(({ Chart }) => {
      const site = me.value?.site;
      if (isGone || place.current === null || site === undefined) return;
      made = new Chart(place.current, site.latitude, site.longitude);
      setChart(made);
    }, onFailure);
    return () => {
      isGone = true;
      made?.remove();
    };
  }, []);
  return chart;
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
      {ranger && (
        <li>
          <span class="legend__station" aria-hidden="true" /> {t("map.station")}
        </li>
      )}
      {!ranger && <li class="quiet">{t("map.blurred")}</li>}
    </ul>
  );
}
