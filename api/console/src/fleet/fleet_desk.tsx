import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Empty } from "../parts/notice";
import type { Station } from "../service/contract";
import type { Loaded } from "../service/use_loaded";
import { reaches, useSession } from "../session/session_context";
import { PlaceScreen } from "../tuning/place_screen";
import { SamplesScreen } from "../tuning/samples_screen";
import { ThresholdsScreen } from "../tuning/thresholds_screen";
import { words } from "./phrases";

export interface DeskProps {
  stations: Loaded<Station[]>;
  now: number;
}

type Page = keyof typeof words.pages;

const SHOWN: Partial<Record<Page, (props: DeskProps, rest: string[]) => JSX.Element>> = {
  thresholds: ({ now }, [station, deployment, lighting]) =>
    station && deployment && lighting ? (
      <PlaceScreen key={`${station}/${deployment}/${lighting}`} {...{ station, deployment, lighting, now }} />
    ) : (
      <ThresholdsScreen now={now} />
    ),
  samples: ({ now }) => <SamplesScreen now={now} />,
};

/** The operators' pages, side by side. */
export function FleetDesk(props: DeskProps) {
  const { person } = useSession();
  const [page, ...rest] = usePath();
  if (!reaches(person.role, "operator")) return <Empty title={words.notForYou} about={words.notForYouAbout} />;
  const pages = (Object.keys(words.pages) as Page[]).filter((name) => name in SHOWN);
  const shown = pages.find((name) => name === page) ?? pages[0] ?? "thresholds";
  return (
    <div class="desk">
      <nav aria-label={words.navigation} class="desk-pages">
        {pages.map((name) => (
          <a key={name} href={`#/fleet/${name}`} aria-current={name === shown ? "page" : undefined} data-testid={`fleet-${name}`}>
            {words.pages[name]}
          </a>
        ))}
      </nav>
      <div class="screen">{SHOWN[shown]?.(props, rest)}</div>
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
