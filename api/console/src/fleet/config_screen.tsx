import { useCallback, useState } from "preact/hooks";
import { Empty, Loading, Problem } from "../parts/notice";
import type { Station } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { ConfigForm } from "./config_form";
import { ConfigHistory, Differences } from "./config_history";
import type { Settings } from "./contract";
import { words as all } from "./phrases";
import { fleet } from "./service";

const words = all.config;

/** One station's config: what is wished, what counts, how it came to be so. */
export function ConfigScreen({ stations, station, now }: { stations: Station[]; station: string | undefined; now: number }) {
  const chosen = station ?? stations[0]?.id;
  if (chosen === undefined) return <Empty title={all.overview.empty} about={all.overview.emptyAbout} />;
  return (
    <>
      <header class="screen-head">
        <h1>{words.title}</h1>
        <label>
          {words.choose}{" "}
          <select
            value={chosen}
            data-testid="config-station"
            onChange={(event) => {
              window.location.hash = `#/fleet/config/${encodeURIComponent(event.currentTarget.value)}`;
            }}
          >
            {stations.map(({ id, name }) => (
              <option key={id} value={id}>{name}</option>
            ))}
          </select>
        </label>
      </header>
      <StationConfigPage key={chosen} station={chosen} now={now} />
    </>
  );
}

function StationConfigPage({ station, now }: { station: string; now: number }) {
  const load = useCallback(() => fleet.config(station), [station]);
  const { content, problem, reload } = useLoaded(load);
  const form = useLoaded(fleet.form);
  const [draft, setDraft] = useState<Settings | null>(null);
  const [taken, setTaken] = useState(0);
  useEvery(10_000, reload);
  if (content === null || form.content === null) {
    const wrong = problem ?? form.problem;
    return wrong === null ? <Loading /> : <Problem message={wrong} again={reload} />;
  }
  const wished = content.desired?.settings ?? {};
  return (
    <>
      <p class="quiet lead">{words.about}</p>
      <div class="two-columns">
        <ConfigForm
          key={taken}
          station={station}
          fields={form.content}
          wished={draft ?? wished}
          before={wished}
          effective={content.reported?.effective}
          done={() => {
            setDraft(null);
            reload();
          }}
        />
        <div>
          <Differences config={content} />
          <ConfigHistory
            history={content.history}
            now={now}
            take={(settings) => {
              setDraft(settings);
              setTaken((turn) => turn + 1);
            }}
          />
        </div>
      </div>
    </>
  );
}
