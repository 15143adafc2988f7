import { openOnes } from "../alerts";
import { route } from "../route";
import { alerts, nowMs, t } from "../state/state";
import { TabSign } from "./signs";

const TABS = [
  { tab: "alerts", href: "#/" },
  { tab: "map", href: "#/map" },
  { tab: "report", href: "#/report" },
  { tab: "settings", href: "#/settings" },
] as const;

export function Tabs() {
  const { screen } = route.value;
  const open = openOnes(alerts.value, nowMs.value).length;
  return (
    <nav class="tabs" aria-label={t("nav.label")}>
      {TABS.map(({ tab, href }) => (
        <a
          key={tab}
          href={href}
          class="tab"
          data-testid={`tab-${tab}`}
          aria-current={screen === tab || (tab === "alerts" && screen === "alert") ? "page" : undefined}
        >
          <TabSign tab={tab} />
          <span>{t(`nav.${tab}`)}</span>
          {tab === "alerts" && open > 0 && <span class="tab__count">{open}</span>}
        </a>
      ))}
    </nav>
  );
}
