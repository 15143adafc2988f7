/** What Preact draws, as Leaflet takes it. */
import { type VNode, render } from "preact";

export function element(content: VNode): HTMLElement {
  const place = document.createElement("div");
  render(content, place);
  return place;
}
