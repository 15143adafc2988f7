import { useEffect, useRef } from "preact/hooks";

import { later, whenIdle } from "./later";
import { LinkLine } from "./parts/link_line";
import { Tabs } from "./parts/tabs";
import { type Route, route } from "./route";
import { AlertScreen } from "./screens/alert";
import { AlertsScreen } from "./screens/alerts";
import { JoinScreen } from "./screens/join";
import { checkBell } from "./state/bell";
import { openSpeech } from "./speech";
import { insist } from "./state/insist";
import { listen } from "./state/live";
import { followAgain } from "./state/place";
import { loadMap } from "./state/session";
import { announcement, me, ready, t, trouble } from "./state/state";

const MapScreen = later(async () => (await import("./screens/map")).MapScreen);
const ReportScreen = later(async () => (await import("./screens/report")).ReportScreen);
const SettingsScreen = later(async () => (await import("./screens/settings")).SettingsScreen);
const DrillsScreen = later(async () => (await import("./screens/drills")).DrillsScreen);
const ReachScreen = later(async () => (await import("./screens/reach")).ReachScreen);

export function App() {
  if (!ready.value) return <p class="empty">{t("link.connecting")}</p>;
  const now = route.value;
  if (me.value === null) return <JoinScreen code={now.screen === "join" ? now.code : ""} />;
  return <SignedIn now={now} />;
}

function SignedIn({ now }: { now: Route }) {
  useEffect(() => {
    const stop = new AbortController();
    void listen(stop.signal);
    void checkBell();
    void followAgain();
    whenIdle(() => void loadMap().catch(() => undefined)); // kept for days without a signal
    const [stopInsisting, closeSpeech] = [insist(), openSpeech()];
    return () => {
      stop.abort();
      stopInsisting();
      closeSpeech();
    };
  }, []);
  useFocusOnHeading(now);
  return (
    <div class="app">
      <header class="top">
        <LinkLine />
        {trouble.value !== null && (
          <p class="problem" role="alert">
            {t(trouble.value)}
          </p>
        )}
      </header>
      <p class="unseen" role="alert" aria-live="assertive" data-testid="announcement">
        {announcement.value}
      </p>
      <Screen now={now} />
      <Tabs />
    </div>
  );
}

function Screen({ now }: { now: Route }) {
  if (now.screen === "alert") return <AlertScreen id={now.id} />;
  if (now.screen === "map") return <MapScreen />;
  if (now.screen === "report") return <ReportScreen />;
  if (now.screen === "settings") return <SettingsScreen />;
  if (now.screen === "drills") return <DrillsScreen />;
  if (now.screen === "reach") return <ReachScreen />;
  return <AlertsScreen />;
}

/** A new screen begins at its top, for eyes and for screen readers; the first one does not. */
function useFocusOnHeading(now: Route): void {
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const main = document.querySelector("main");
    main?.scrollTo(0, 0);
    main?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [now]);
}
