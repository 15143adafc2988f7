import { useEffect, useMemo, useState } from "preact/hooks";
import { AlertsScreen } from "./alerts/alerts_screen";
import { isOpen, withAlert } from "./alerts/rules";
import { DetectionsScreen } from "./detections/detections_screen";
import { useDetections } from "./detections/use_detections";
import { FleetDesk } from "./fleet/fleet_desk";
import { ExchangeScreen } from "./exchange/exchange_screen";
import { FindingsScreen } from "./findings/findings_screen";
import { IndividualsScreen } from "./individuals/individuals_screen";
import { MapScreen } from "./map/map_screen";
import { Masthead } from "./masthead";
import { PeopleDesk } from "./people/people_desk";
import { phrases } from "./phrases";
import { QuarantineScreen } from "./quarantine/quarantine_screen";
import { ReviewScreen } from "./review/review_screen";
import type { Route } from "./routing";
import { ServiceError, service } from "./service/client";
import { type Connection, follow } from "./service/stream";
import { useLoaded } from "./service/use_loaded";
import { useSession } from "./session/session_context";
import { withStation } from "./stations/rules";
import { StationsScreen } from "./stations/stations_screen";
import { useNow } from "./time/use_now";

/** The signed-in console: what is known, kept live by one stream, shown on five tabs. */
export function Workspace({ route }: { route: Route }) {
  const { leave, person } = useSession();
  const detections = useDetections();
  const stations = useLoaded(service.stations);
  const alerts = useLoaded(service.alerts);
  const [connection, setConnection] = useState<Connection>("connecting");
  const clockAheadMs = useMemo(
    () => (alerts.content ? new Date(alerts.content.now).getTime() - Date.now() : 0),
    [alerts.content?.now],
  );
  const now = useNow(clockAheadMs);

  useEffect(
    () =>
      follow({
        connection(present) {
          setConnection(present);
          if (present === "lost") leaveIfUnknown(leave);
        },
        resumed() {
          detections.reload();
          stations.reload();
          alerts.reload();
        },
        detection: detections.arrived,
        station: (station) => stations.change((known) => withStation(known, station)),
        alert: (alert) => alerts.change((known) => withAlert(known, alert)),
      }),
    [],
  );

  const openAlerts = (alerts.content?.alerts ?? []).filter((alert) => isOpen(alert, now));
  return (
    <>
      <a class="skip" href="#content" onClick={focusContent}>
        {phrases.skip}
      </a>
      <Masthead tab={route.tab} connection={connection} openAlerts={openAlerts.length} now={now} />
      <main id="content" tabIndex={-1} aria-label={phrases.tabs[route.tab]}>
        {route.tab === "detections" && <DetectionsScreen detections={detections} now={now} />}
        {route.tab === "review" && <ReviewScreen stations={stations.content ?? []} />}
        {route.tab === "findings" && <FindingsScreen />}
        {route.tab === "individuals" && <IndividualsScreen />}
        {route.tab === "exchange" && <ExchangeScreen />}
        {route.tab === "map" && (
          <MapScreen
            stations={stations.content ?? []}
            alerts={openAlerts}
            focus={route.focus}
            now={now}
          />
        )}
        {route.tab === "stations" && <StationsScreen stations={stations} now={now} />}
        {route.tab === "alerts" && <AlertsScreen alerts={alerts} now={now} />}
        {route.tab === "fleet" && <FleetDesk stations={stations} now={now} />}
        {route.tab === "people" && <PeopleDesk page={route.focus} now={now} />}
        {route.tab === "quarantine" && <QuarantineScreen role={person.role} now={now} />}
      </main>
    </>
  );
}

/** A stream that fails does not say why; an ended session is the one reason to stop trying. */
function leaveIfUnknown(leave: () => void): void {
  service.session().catch((error: unknown) => {
    if (error instanceof ServiceError && error.status === 401) leave();
  });
}

function focusContent(event: Event): void {
  event.preventDefault(); // the part after # names the tab, so the link cannot move the focus itself
  document.getElementById("content")?.focus();
}
