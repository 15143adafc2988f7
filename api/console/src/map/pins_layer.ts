/**
 * Pins and names on the map, in one element that moves with it. Of Leaflet's markers and tooltips each is
 * a picture of its own, to be put together anew for every frame, and measured after every zoom.
 */
import L from "leaflet";
import type { VNode } from "preact";
import { element } from "./element";

export interface Pin {
  at: L.LatLngExpression;
  className: string;
  /** What is written beside it, unless it would lie over another name. */
  name?: string;
  /** A button, and what it says when it is pressed. Without it, the name alone stands there. */
  button?: { title: string; look: VNode; says(): HTMLElement };
}

interface Standing {
  at: L.LatLng;
  root: HTMLElement;
  tag: HTMLElement | null;
  belowPx: number;
}

/** About how much room a name takes: to measure each would cost more than it is worth. */
const LETTER_PX = 8;
const LINE_PX = 18;
const BELOW_PX = { pin: 11, nothing: -LINE_PX / 2 };

export class PinsLayer extends L.Layer {
  readonly #place = document.createElement("div");
  #standing: Standing[] = [];

  override onAdd(map: L.Map): this {
    this.#place.className = "pins leaflet-zoom-animated";
    map.getPane("markerPane")?.append(this.#place);
    return this;
  }

  override onRemove(): this {
    this.#place.remove();
    return this;
  }

  override getEvents(): { [name: string]: L.LeafletEventHandlerFn } {
    return {
      zoomanim: (event) => this.#scale(event as L.ZoomAnimEvent),
      zoomend: () => this.#stand(),
      viewreset: () => this.#stand(),
    };
  }

  /** Show these alone; of two names that would lie over each other, that of the first. */
  show(pins: Pin[]): void {
    this.#standing = pins.map((pin) => this.#made(pin));
    this.#place.replaceChildren(...this.#standing.map(({ root }) => root));
    this.#stand();
  }

  #made({ at, className, name, button }: Pin): Standing {
    const root = document.createElement(button ? "button" : "span");
    root.className = `pin ${className}`;
    const tag = name === undefined ? null : nameTag(name);
    if (button) {
      root.title = button.title;
      root.setAttribute("aria-label", button.title);
      root.append(element(button.look));
      root.addEventListener("focus", () => this._map.panInside(at, { padding: [30, 30] }));
      L.DomEvent.on(root, "click", (event) => {
        L.DomEvent.stop(event);
        const byPointer = (event as MouseEvent).detail > 0;
        if (!(byPointer && wasDragged(this._map))) this._map.openPopup(button.says(), at, { offset: [0, -6] });
      });
    }
    if (tag) root.append(tag);
    return { at: L.latLng(at), root, tag, belowPx: button ? BELOW_PX.pin : BELOW_PX.nothing };
  }

  #stand(): void {
    this.#place.style.transform = "";
    const taken: L.Bounds[] = [];
    for (const { at, root, tag, belowPx } of this.#standing) {
      const { x, y } = this._map.latLngToLayerPoint(at).round();
      root.style.left = `${x}px`;
      root.style.top = `${y}px`;
      if (tag === null) continue;
      const half = ((tag.textContent?.length ?? 0) * LETTER_PX) / 2;
      const room = L.bounds([x - half, y + belowPx], [x + half, y + belowPx + LINE_PX]);
      tag.hidden = taken.some((other) => other.intersects(room));
      if (!tag.hidden) taken.push(room);
    }
  }

  /** While the map zooms, all of it as one picture. */
  #scale({ center, zoom }: L.ZoomAnimEvent): void {
    const corner = this._map.layerPointToLatLng([0, 0]);
    const at = this._map.project(corner, zoom).subtract(
      this._map.project(center, zoom).subtract(this._map.getSize().divideBy(2)).round(),
    );
    const moved = this._map.containerPointToLayerPoint([0, 0]);
    L.DomUtil.setTransform(this.#place, at.add(moved), this._map.getZoomScale(zoom));
  }
}

/** A name as an element: as text it could be taken for markup. */
export function nameTag(name: string): HTMLElement {
  const tag = document.createElement("span");
  tag.className = "name-tag";
  tag.textContent = name;
  return tag;
}

/** Whoever drags the map by a pin does not press it. */
function wasDragged(map: L.Map): boolean {
  return (map.dragging as L.Handler & { moved(): boolean }).moved();
}
