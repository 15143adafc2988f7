import { useCallback, useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import type { Station } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { Moment } from "../time/moment";
import type { Replay, ReplayDifference, Settings, Tally } from "./contract";
import { words as all } from "./phrases";
import { fleet } from "./service";

const words = all.replay;

/** What would have been told under another config: kept events and samples, side by side. */
export function ReplayScreen({ stations, chosen, now }: { stations: Station[]; chosen: string | undefined; now: number }) {
  const { content, problem, reload } = useLoaded(fleet.replays);
  useEvery(3_000, reload);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  return (
    <>
      <header class="screen-head"><h1>{words.title}</h1></header>
      <p class="quiet lead">{words.about}</p>
      <NewReplay stations={stations} asked={reload} />
      {content.length === 0 && <p class="quiet">{words.none}</p>}
      {content.map((replay) => (
        <section key={replay.id} class="panel" aria-label={`${words.title} ${replay.asked_at}`} data-testid="replay">
          <h2>
            <Moment at={replay.asked_at} now={now} />{" "}
            <span class={`standing ${replay.state}`}>{words.states[replay.state] ?? replay.state}</span>
          </h2>
          <p class="quiet small">
            {replay.wishes.station_ids.join(", ")} · {words.lastDays(replay.wishes.days)}{" "}
            <code>{JSON.stringify(replay.wishes.settings)}</code>
          </p>
          {replay.problem && <p class="trouble">{replay.problem}</p>}
          {replay.state === "running" && <progress max={replay.total} value={replay.done} aria-label={words.title} />}
          {replay.report.after && replay.report.before && <SideBySide replay={replay} />}
          {replay.state === "done" &&
            (chosen === replay.id ? (
              <Differences id={replay.id} now={now} />
            ) : (
              <a href={`#/fleet/replay/${replay.id}`} data-testid="replay-open">{words.open}</a>
            ))}
        </section>
      ))}
    </>
  );
}

function NewReplay({ stations, asked }: { stations: Station[]; asked(): void }) {
  const [text, setText] = useState('{"thresholds": {"night_ir": 0.6}}');
  const [days, setDays] = useState(30);
  const [station, setStation] = useState("");
  const [said, setSaid] = useState<string | null>(null);

  async function ask(event: Event): Promise<void> {
    event.preventDefault();
    try {
      const names = station ? [station] : stations.map(({ id }) => id);
      await fleet.replay({ station_ids: names, settings: JSON.parse(text) as Settings, days });
      setSaid(null);
      asked();
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form class="panel" onSubmit={(event) => void ask(event)}>
      <label class="wide-label">
        {words.settings}
        <textarea rows={3} value={text} onInput={(event) => setText(event.currentTarget.value)} data-testid="replay-settings" />
      </label>
      <p class="actions">
        <label>
          {words.stations}{" "}
          <select value={station} onChange={(event) => setStation(event.currentTarget.value)}>
            <option value="">{words.everyStation}</option>
            {stations.map(({ id, name }) => (
              <option key={id} value={id}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          {words.days}{" "}
          <input type="number" min={1} max={400} value={days} onInput={(event) => setDays(Number(event.currentTarget.value))} />
        </label>
        <button type="submit" class="primary" data-testid="replay-ask">{words.ask}</button>
        {said !== null && <span role="alert" class="trouble">{said}</span>}
      </p>
    </form>
  );
}

function SideBySide({ replay }: { replay: Replay }) {
  const { before, after, looked_at, kept, network_before, network_after } = replay.report;
  if (before === undefined || after === undefined) return null;
  return (
    <table>
      <caption class="small">{words.lookedAt(looked_at ?? 0, kept ?? 0)}</caption>
      <thead>
        <tr>
          <th scope="col">{words.side}</th>
          {(Object.keys(words.kinds) as (keyof Tally)[]).map((kind) => (
            <th key={kind} scope="col" class="number">{words.kinds[kind]}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        <SideRow name={network_before ?? words.before} tally={before} />
        <SideRow name={network_after ?? words.after} tally={after} />
      </tbody>
    </table>
  );
}

function SideRow({ name, tally }: { name: string; tally: Tally }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {(Object.keys(words.kinds) as (keyof Tally)[]).map((kind) => (
        <td key={kind} class="number">{Math.round(tally[kind] * 10) / 10}</td>
      ))}
    </tr>
  );
}

function Differences({ id, now }: { id: string; now: number }) {
  const load = useCallback(() => fleet.replayed(id), [id]);
  const { content, problem, reload } = useLoaded(load);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  const differences = content.report.differences ?? [];
  const sides: [string, ReplayDifference[]][] = [
    [words.lost, differences.filter(({ is_told }) => !is_told)],
    [words.gained, differences.filter(({ is_told }) => is_told)],
  ];
  return (
    <div class="two-columns" data-testid="replay-differences">
      {sides.map(([title, each]) => (
        <section key={title} aria-label={title}>
          <h3>{title} ({each.length})</h3>
          <ul class="differences">
            {each.map((one) => (
              <li key={`${one.kind}${one.key}`}>
                {one.media_url ? <img src={one.media_url} alt={words.picture(one.deployment_id)} loading="lazy" /> : <span class="no-picture" />}
                <div class="small">
                  <strong>{words.verdict(one.is_elephant)}</strong> {one.deployment_id}, {phrases.lighting[one.lighting]}
                  <p>{words.because[one.why] ?? one.why}: {one.score_before.toFixed(2)} → {one.score_after.toFixed(2)}</p>
                  <p class="quiet"><Moment at={one.captured_at} now={now} /></p>
                </div>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
