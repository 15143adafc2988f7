/** Corners set on the map: by mouse or finger, or by keyboard at the cross in its middle. */
import L from "leaflet";
import type { Corner, Shape } from "./rules";

export class Sketch {
  readonly #layer: L.LayerGroup;
  readonly #cross: HTMLElement;
  #corners: Corner[] = [];

  constructor(
    private readonly map: L.Map,
    private readonly shape: Shape,
    private readonly changed: (corners: Corner[]) => void,
    private readonly cancelled: () => void,
  ) {
    this.#layer = L.layerGroup().addTo(map);
    this.#cross = L.DomUtil.create("div", "sketch-cross", map.getContainer());
    this.#cross.setAttribute("aria-hidden", "true");
    map.on("click", this.#clicked);
    map.doubleClickZoom.disable();
    // Before Leaflet's own keys, and only while the map has the focus.
    map.getContainer().addEventListener("keydown", this.#pressed, { capture: true });
  }

  /** Show these corners; nobody is told. */
  show(corners: Corner[]): void {
    this.#corners = corners;
    this.#draw();
  }

  focus(): void {
    this.map.getContainer().focus();
  }

  remove(): void {
    this.map.off("click", this.#clicked);
    this.map.doubleClickZoom.enable();
    this.map.getContainer().removeEventListener("keydown", this.#pressed, { capture: true });
    this.#layer.remove();
    this.#cross.remove();
  }

  readonly #clicked = ({ latlng }: L.LeafletMouseEvent): void => this.#tell([...this.#corners, cornerAt(latlng)]);

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.target !== this.map.getContainer()) return;
    if (event.key === "Enter") this.#tell([...this.#corners, cornerAt(this.map.getCenter())]);
    else if (event.key === "Backspace") this.#tell(this.#corners.slice(0, -1));
    else if (event.key === "Escape") this.cancelled();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #tell(corners: Corner[]): void {
    this.show(corners);
    this.changed(corners);
  }

  #draw(): void {
    this.#layer.clearLayers();
    const places = this.#corners.map(([longitude, latitude]): L.LatLngTuple => [latitude, longitude]);
    const options = { className: "sketch", weight: 3, interactive: false };
    const outline = this.shape === "Polygon" ? L.polygon(places, options) : L.polyline(places, options);
    outline.addTo(this.#layer);
    places.forEach((place, index) => {
      const icon = L.divIcon({ className: "sketch-corner", iconSize: [16, 16] });
      L.marker(place, { icon, draggable: true, keyboard: false })
        .on("drag", ({ target }) => {
          const moved = places.map((each, number) => (number === index ? target.getLatLng() : each));
          outline.setLatLngs(moved);
        })
        .on("dragend", ({ target }) => {
          const corner = cornerAt(target.getLatLng());
          this.#tell(this.#corners.map((each, number) => (number === index ? corner : each)));
        })
        .addTo(this.#layer);
    });
  }
}

function cornerAt({ lng, lat }: L.LatLng): Corner {
  return [Number(lng.toFixed(6)), Number(lat.toFixed(6))]; // a tenth of a metre
}
