import L from "leaflet";
import { useEffect, useRef } from "preact/hooks";
import { drawnAhead } from "../map/ahead";
import { PinsLayer } from "../map/pins_layer";
import { Zones } from "../map/zones";
import { service } from "../service/client";
import { HUES } from "./charts";
import type { Paths } from "./contract";
import { findingsPhrases as words } from "./phrases";

/** The ways of herds over the geofences; the newest place of each is largest. */
export function PathsMap({ paths }: { paths: Paths }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const map = L.map(place.current, { attributionControl: false, zoomSnap: 0.5, renderer: drawnAhead(L.svg) });
    L.control.scale({ imperial: false }).addTo(map);
    map.createPane("herds").style.zIndex = "450";
    const all = paths.herds.flatMap(({ points }) => points.map(({ latitude, longitude }): L.LatLngTuple => [latitude, longitude]));
    map.fitBounds(L.latLngBounds(all).pad(0.2), { maxZoom: 15 });
    drawPaths(map, paths);
    let gone = false;
    service.map().then(
      ({ geofences }) => {
        if (gone) return;
        const zones = new Zones(map, geofences, new Map());
        map.on("zoomend", () => zones.rescale());
        new PinsLayer().addTo(map).show(zones.names());
      },
      () => undefined, // the ways are what matters here
    );
    return () => {
      gone = true;
      map.remove();
    };
  }, [paths]);
  return <div ref={place} class="paths-map" role="application" aria-label={words.paths} data-testid="paths-map" />;
}

function drawPaths(map: L.Map, { herds }: Paths): void {
  const renderer = drawnAhead(L.canvas, "herds");
  for (const [index, { herd_id, points }] of herds.entries()) {
    const color = HUES[index % HUES.length] ?? "";
    const places = points.map(({ latitude, longitude }): L.LatLngTuple => [latitude, longitude]);
    L.polyline(places, { color, weight: 2, renderer, interactive: false }).addTo(map);
    places.forEach((at, number) => {
      const radius = number === places.length - 1 ? 7 : 3;
      L.circleMarker(at, { radius, color, fillOpacity: 1, weight: 1, renderer })
        .bindTooltip(words.herd(herd_id, points.length))
        .addTo(map);
    });
  }
}
