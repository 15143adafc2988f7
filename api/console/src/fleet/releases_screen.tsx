import { useState } from "preact/hooks";
import { Empty, Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import type { Station } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { interval } from "../tuning/rules";
import type { Release } from "./contract";
import { words as all } from "./phrases";
import { fleet } from "./service";
import { UploadForm } from "./upload_form";

const words = all.releases;
const ENDS = ["running", "refused", "rolled_back"];

/** Which release runs where, how far offers came, and what people's reviews say of each. */
export function ReleasesScreen({ stations }: { stations: Station[] }) {
  const { content, problem, reload, change } = useLoaded(fleet.releases);
  const [wrong, setWrong] = useState<string | null>(null);
  useEvery(15_000, reload);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;

  async function act(deed: Promise<Release[]>): Promise<void> {
    try {
      const news = await deed;
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
      <UploadForm stations={stations} uploaded={(news) => change(() => news)} />
      {content.length === 0 && <Empty title={words.empty} about={words.emptyAbout} />}
      {content.map((release) => (
        <ReleaseCard key={release.release} release={release} stations={stations} act={(deed) => void act(deed)} />
      ))}
    </>
  );
}

interface ReleaseCardProps {
  release: Release;
  stations: Station[];
  act(deed: Promise<Release[]>): void;
}

function ReleaseCard({ release, stations, act }: ReleaseCardProps) {
  const has = new Set([...release.offers.map(({ station_id }) => station_id), ...release.running_at]);
  const others = stations.map(({ id }) => id).filter((id) => !has.has(id));
  const { digest } = release;
  const open = release.offers.filter(({ step, withdrawn }) => !withdrawn && !ENDS.includes(step ?? ""));
  const isWithdrawn = release.offers.some(({ withdrawn }) => withdrawn);
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
              {offer.withdrawn && `, ${words.withdrawn}`}
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
      {digest !== null && (
        <p class="actions">
          {others.length > 0 && !isWithdrawn && (
            <button type="button" onClick={() => act(fleet.offer(digest, others))} data-testid="promote">
              {words.promote(others.length)}
            </button>
          )}
          {open.length > 0 && (
            <button
              type="button"
              data-testid="withdraw"
              onClick={() => window.confirm(words.sureWithdraw(release.release, open.length)) && act(fleet.withdraw(digest))}
            >
              {words.withdraw(open.length)}
            </button>
          )}
        </p>
      )}
    </section>
  );
}
