import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ReachScreen } from "../drills/reach_screen";
import { Empty } from "../parts/notice";
import type { Station } from "../service/contract";
import type { Loaded } from "../service/use_loaded";
import { reaches, useSession } from "../session/session_context";
import { PlaceScreen } from "../tuning/place_screen";
import { SamplesScreen } from "../tuning/samples_screen";
import { ThresholdsScreen } from "../tuning/thresholds_screen";
import { ConfigScreen } from "./config_screen";
import { OverviewScreen } from "./overview_screen";
import { words } from "./phrases";
import { ReleasesScreen } from "./releases_screen";
import { ReplayScreen } from "./replay_screen";
import { RolloutsScreen } from "./rollouts_screen";

export interface DeskProps {
  stations: Loaded<Station[]>;
  now: number;
}

type Page = keyof typeof words.pages;

const SHOWN: Record<Page, (props: DeskProps, rest: string[]) => JSX.Element> = {
  overview: ({ now }) => <OverviewScreen now={now} />,
  thresholds: ({ now }, [station, deployment, lighting]) =>
    station && deployment && lighting ? (
      <PlaceScreen key={`${station}/${deployment}/${lighting}`} {...{ station, deployment, lighting, now }} />
    ) : (
      <ThresholdsScreen now={now} />
    ),
  samples: ({ now }) => <SamplesScreen now={now} />,
  config: ({ stations, now }, [station]) => <ConfigScreen {...{ stations: stations.content ?? [], station, now }} />,
  rollouts: ({ stations, now }, [from]) => <RolloutsScreen {...{ stations: stations.content ?? [], from, now }} />,
  replay: ({ stations, now }, [chosen]) => <ReplayScreen {...{ stations: stations.content ?? [], chosen, now }} />,
  reach: ({ now }) => <ReachScreen now={now} />,
  releases: ({ stations }) => <ReleasesScreen stations={stations.content ?? []} />,
};

/** The operators' pages, side by side. */
export function FleetDesk(props: DeskProps) {
  const { person } = useSession();
  const [page, ...rest] = usePath();
  if (!reaches(person.role, "operator")) return <Empty title={words.notForYou} about={words.notForYouAbout} />;
  const pages = Object.keys(words.pages) as Page[];
  const shown = pages.find((name) => name === page) ?? "overview";
  return (
    <div class="fleet-desk">
      <nav aria-label={words.navigation} class="desk-pages">
        {pages.map((name) => (
          <a key={name} href={`#/fleet/${name}`} aria-current={name === shown ? "page" : undefined} data-testid={`fleet-${name}`}>
            {words.pages[name]}
          </a>
        ))}
      </nav>
      <div class="screen">{SHOWN[shown](props, rest)}</div>
    </div>
  );
}

/** What follows `#/fleet/` in the address. */
function usePath(): string[] {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const changed = () => setHash(window.location.hash);
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return hash
    .replace(/^#\/?fleet\/?/, "")
    .split("/")
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
}
