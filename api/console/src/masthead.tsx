import { Mark } from "./parts/mark";
import { phrases } from "./phrases";
import { TABS, type Tab } from "./routing";
import { service } from "./service/client";
import type { Role } from "./service/contract";
import type { Connection } from "./service/stream";
import { reaches, useSession } from "./session/session_context";
import { wallClock } from "./time/moments";

/** Who a tab is for, where it is not for everybody here. */
const LOWEST: Partial<Record<Tab, Role>> = {
  review: "researcher",
  findings: "researcher",
  individuals: "researcher",
  exchange: "researcher",
  fleet: "operator",
  quarantine: "operator",
};

interface MastheadProps {
  tab: Tab;
  connection: Connection;
  openAlerts: number;
  now: number;
}

/** Tabs, whether the page is live, the site with its clock, and the way out. */
export function Masthead({ tab, connection, openAlerts, now }: MastheadProps) {
  const { person, site, leave } = useSession();
  const tabs = TABS.filter((name) => reaches(person.role, LOWEST[name] ?? "ranger"));
  return (
    <header class="masthead">
      <Mark />
      <nav aria-label={phrases.navigation}>
        {tabs.map((name) => (
          <a
            key={name}
            href={`#/${name}`}
            aria-current={name === tab ? "page" : undefined}
            data-testid={`tab-${name}`}
          >
            {phrases.tabs[name]}
            {name === "alerts" && openAlerts > 0 && (
              <span class="count" aria-label={phrases.alerts.openCount(openAlerts)}>
                {openAlerts}
              </span>
            )}
          </a>
        ))}
      </nav>
      <span class={`connection ${connection}`} role="status" data-testid="connection">
        {phrases.connection[connection]}
      </span>
      <span class="site">
        <strong>{site.name}</strong>
        <span class="quiet" title={site.timezone}>
          {wallClock(new Date(now).toISOString(), site.timezone).slice(0, -3)}
        </span>
      </span>
      <span class="person">
        {person.name}
        <button
          type="button"
          class="plain"
          data-testid="sign-out"
          onClick={() => void service.signOut().then(leave, leave)}
        >
          {phrases.signIn.signOut}
        </button>
      </span>
    </header>
  );
}
