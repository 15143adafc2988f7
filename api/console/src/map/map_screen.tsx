import { useEffect, useRef, useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import { service } from "../service/client";
import type { Alert, Station } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { useSession } from "../session/session_context";
import { MapSide } from "./map_side";
import { type Scene, SiteView } from "./site_view";

interface MapScreenProps {
  stations: Station[];
  alerts: Alert[];
  focus: string | null;
  now: number;
}

/** Where everything is: geofences, stations, herds, open alerts. */
export function MapScreen({ stations, alerts, focus, now }: MapScreenProps) {
  const { content: site, problem, reload } = useLoaded(service.map);
  useEvery(10_000, reload); // herds walk on; the stream tells of alerts, not of paths
  const newestChange = alerts.map(({ changed_at }) => changed_at).join();
  useEffect(() => {
    if (newestChange) reload();
  }, [newestChange]);

  if (site === null) {
    return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  }
  return <Drawn scene={{ site, stations, alerts, now }} focus={focus} changed={reload} />;
}

interface DrawnProps {
  scene: Scene;
  focus: string | null;
  changed(): void;
}

function Drawn({ scene, focus, changed }: DrawnProps) {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<SiteView | null>(null);
  const [gridKm, setGridKm] = useState(1);
  const { site } = useSession();

  useEffect(() => {
    if (place.current === null) return;
    const made = new SiteView(place.current, [site.latitude, site.longitude], setGridKm);
    setView(made);
    return () => made.remove();
  }, [site.latitude, site.longitude]);
  useEffect(() => {
    view?.draw(scene);
  }, [view, scene]);
  const focused = scene.alerts.find(({ id }) => id === focus);
  useEffect(() => {
    if (view && focused) view.show(focused.position.latitude, focused.position.longitude);
  }, [view, focused?.id]);

  return (
    <section class="map-screen" aria-labelledby="map-title">
      <h1 id="map-title" class="unseen">
        {phrases.map.title}
      </h1>
      <div ref={place} class="map" role="application" aria-label={phrases.map.title} data-testid="map" />
      <MapSide
        scene={scene}
        gridKm={gridKm}
        view={view}
        changed={changed}
        show={(latitude, longitude) => view?.show(latitude, longitude)}
        showWhole={() => view?.showWhole(scene)}
      />
    </section>
  );
}
