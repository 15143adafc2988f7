// Which screen: the part of the address behind the #, so that any server can serve the app.
import { signal } from "@preact/signals";

export type Route =
  | { screen: "alerts" }
  | { screen: "alert"; id: string }
  | { screen: "map" | "report" | "settings" | "drills" | "reach" }
  | { screen: "join"; code: string };

const PLAIN = ["map", "report", "settings", "drills", "reach"] as const;

export const route = signal<Route>(routeOf(location.hash));

export function routeOf(hash: string): Route {
  const [screen, value] = hash.replace(/^#\/?/, "").split("/");
  if (screen === "alert" && value) return { screen, id: decoded(value) };
  if (screen === "join") return { screen, code: decoded(value ?? "") };
  const plain = PLAIN.find((one) => one === screen);
  if (plain !== undefined) return { screen: plain };
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
