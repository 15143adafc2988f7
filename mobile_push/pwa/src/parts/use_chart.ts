// Leaflet, the heavier half of the app, comes only when somebody looks at a map.
import { useEffect, useState } from "preact/hooks";

import type { Chart } from "../map/chart";
import { me } from "../state/state";

export function useChart(place: { current: HTMLDivElement | null }, onFailure: () => void): Chart | null {
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
