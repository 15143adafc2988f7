import { useState } from "preact/hooks";
import { Empty, Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import type { Station } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { interval } from "../tuning/rules";
import type { Release } from "./contract";
import { words as all } from "./phrases";
import { fleet } from "./service";

const words = all.releases;

/** Which release runs where, how far offers came, and what people's reviews say of each. */
export function ReleasesScreen({ stations }: { stations: Station[] }) {
  const { content, problem, reload, change } = useLoaded(fleet.releases);
  const [wrong, setWrong] = useState<string | null>(null);
  useEvery(15_000, reload);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  if (content.length === 0) return <Empty title={words.empty} about={words.emptyAbout} />;

  async function promote(digest: string, names: string[]): Promise<void> {
    try {
      const news = await fleet.offer(digest, names);
      change(() => news);
      setWrong(null);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <>
      <header class="screen-head"><h1>{words.title}</h1></header>
      <p class="quiet lead">{words.about}</p>
      {wrong !== null && <p class="form-problem" role="alert">{wrong}</p>}
      {content.map((release) => (
        <ReleaseCard key={release.release} release={release} stations={stations} promote={promote} />
      ))}
    </>
  );
}

interface ReleaseCardProps {
  release: Release;
  stations: Station[];
  promote(digest: string, names: string[]): Promise<void>;
}

function ReleaseCard({ release, stations, promote }: ReleaseCardProps) {
  const has = new Set([...release.offers.map(({ station_id }) => station_id), ...release.running_at]);
  const others = stations.map(({ id }) => id).filter((id) => !has.has(id));
  const { digest } = release;
  return (
    <section class="panel" aria-label={release.release} data-testid="release">
      <h2>
        {release.release} <span class="quiet small">{words.runs(release.running_at.length)}</span>
      </h2>
      {release.offers.length > 0 && (
        <ul class="plain-list" aria-label={words.offers}>
          {release.offers.map((offer) => (
            <li key={offer.station_id}>
              <strong>{offer.station_id}</strong>: {words.steps[offer.step ?? ""] ?? words.notAnswered}
              {offer.reason && ` (${offer.reason})`}
              <span class="quiet small">
                {" "}
                {Object.entries(offer.figures).map(([name, value]) => `${name} ${Math.round(value * 100) / 100}`).join(", ")}
              </span>
            </li>
          ))}
        </ul>
      )}
      {release.figures.length > 0 && (
        <table>
          <caption>{words.figures}</caption>
          <thead>
            <tr>
              <th scope="col">{words.light}</th>
              <th scope="col" class="number">{words.events}</th>
              <th scope="col" class="number">{words.reviewed}</th>
              <th scope="col" class="number">{words.precision}</th>
            </tr>
          </thead>
          <tbody>
            {release.figures.map((light) => (
              <tr key={light.lighting}>
                <th scope="row">{phrases.lighting[light.lighting] ?? light.lighting}</th>
                <td class="number">{light.events}</td>
                <td class="number">{light.reviewed}</td>
                <td class="number">{interval(light.precision)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {digest !== null && others.length > 0 && (
        <p>
          <button type="button" onClick={() => void promote(digest, others)} data-testid="promote">
            {words.promote(others.length)}
          </button>
        </p>
      )}
    </section>
  );
}
