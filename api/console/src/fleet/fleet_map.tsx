import L from "leaflet";
import { useEffect, useRef } from "preact/hooks";
import { nameTag } from "../map/pins_layer";
import type { FleetStation } from "./contract";
import { words } from "./phrases";

/** The stations on a map: those in trouble large and named. */
export function FleetMap({ stations }: { stations: FleetStation[] }) {
  const place = useRef<HTMLDivElement>(null);
  const map = useRef<L.Map | null>(null);
  const layer = useRef<L.LayerGroup | null>(null);

  useEffect(() => {
    if (place.current === null) return;
    const made = L.map(place.current, { attributionControl: false, zoomSnap: 0.5 });
    L.control.scale({ imperial: false }).addTo(made);
    map.current = made;
    layer.current = L.layerGroup().addTo(made);
    const at = stations.map(({ station }): L.LatLngTuple => [station.latitude, station.longitude]);
    made.fitBounds(L.latLngBounds(at).pad(0.2), { maxZoom: 15 });
    return () => void made.remove();
  }, []);

  useEffect(() => {
    layer.current?.clearLayers();
    for (const each of [...stations].reverse()) {
      const bad = each.alarms.length > 0;
      const marker = L.circleMarker([each.station.latitude, each.station.longitude], {
        radius: bad ? 10 : 7,
        weight: 2,
        className: `fleet-pin ${bad ? "bad" : "good"}`,
      });
      const said = each.alarms.map((alarm) => words.overview.alarms[alarm] ?? alarm).join(", ");
      marker.bindTooltip(nameTag(bad ? `${each.station.name}: ${said}` : each.station.name), {
        permanent: bad,
        direction: "bottom",
        className: "name-tag",
      });
      if (layer.current) marker.addTo(layer.current);
    }
  }, [stations]);

  return <div ref={place} class="fleet-map" role="region" aria-label={words.overview.map} />;
}
