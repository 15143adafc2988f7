/** A drawing larger than the view, made anew when the view leaves it: until then a drag only moves it. */
import L from "leaflet";

export const PADDING = 0.4; // of the view, on each side

interface Inner {
  getEvents(): Record<string, L.LeafletEventHandlerFn>;
  _map: L.Map;
  _bounds?: L.Bounds;
  _zoom: number;
  _update(): void;
}

/** Leaflet's own draw anew after every move. */
export function drawnAhead<Kind extends L.Renderer>(make: (options: L.RendererOptions) => Kind, pane?: string): Kind {
  const renderer = make({ padding: PADDING, ...(pane === undefined ? {} : { pane }) });
  const inner = renderer as unknown as Inner;
  const events = inner.getEvents.bind(renderer);
  inner.getEvents = () => ({
    ...events(),
    moveend: () => {
      const map = inner._map;
      if (inner._zoom === map.getZoom() && inner._bounds?.contains(inSight(map))) return;
      inner._update();
    },
  });
  return renderer;
}

function inSight(map: L.Map): L.Bounds {
  const corner = map.containerPointToLayerPoint([0, 0]);
  return L.bounds(corner, corner.add(map.getSize()));
}
