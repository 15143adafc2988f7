/** Where in the console one is: the part of the address after `#`. */
import { useEffect, useState } from "preact/hooks";

export const TABS = [
  "detections",
  "review",
  "findings",
  "individuals",
  "exchange",
  "map",
  "stations",
  "alerts",
  "fleet",
  "quarantine",
] as const;
export type Tab = (typeof TABS)[number];

export interface Route {
  tab: Tab;
  /** What to look at within the tab: an alert on the map, for example. */
  focus: string | null;
  inviteCode: string | null;
}

export function readRoute(hash: string): Route {
  const [first = "", second = ""] = hash.replace(/^#\/?/, "").split("/");
  const rest = decode(second);
  if (first === "join") return { tab: "detections", focus: null, inviteCode: rest || null };
  const tab = TABS.find((known) => known === first) ?? "detections";
  return { tab, focus: rest || null, inviteCode: null };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a hand-typed address with a stray %
  }
}

export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const changed = () => setHash(window.location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return readRoute(hash);
}
