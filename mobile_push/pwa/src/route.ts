// Which screen: the part of the address behind the #, so that any server can serve the app.
import { signal } from "@preact/signals";

export type Route =
  | { screen: "alerts" }
  | { screen: "alert"; id: string }
  | { screen: "map" }
  | { screen: "settings" }
  | { screen: "join"; code: string };

export const route = signal<Route>(routeOf(location.hash));

export function routeOf(hash: string): Route {
  const [screen, value] = hash.replace(/^#\/?/, "").split("/");
  if (screen === "alert" && value) return { screen, id: decoded(value) };
  if (screen === "join") return { screen, code: decoded(value ?? "") };
  if (screen === "map" || screen === "settings") return { screen };
  return { screen: "alerts" };
}

export function go(hash: string): void {
  location.hash = hash;
}

window.addEventListener("hashchange", () => (route.value = routeOf(location.hash)));

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
