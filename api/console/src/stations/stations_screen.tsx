import { useEffect } from "preact/hooks";
import { DrillBadge } from "../parts/badges";
import { Empty, Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import type { Station } from "../service/contract";
import { type Loaded, useEvery } from "../service/use_loaded";
import { Ago } from "../time/moment";
import { duration, secondsBetween } from "../time/moments";
import { blindCameras, condition, isLow, worstFirst } from "./rules";
import { StationMark } from "./station_mark";

const words = phrases.stations;

/** Which station is blind, flat or silent: those in trouble first. */
export function StationsScreen({ stations, now }: { stations: Loaded<Station[]>; now: number }) {
  const { content, problem, reload } = stations;
  useEffect(reload, [reload]); // the 24-hour counts change and age without any news of the station
  useEvery(30_000, reload);
  if (content === null) {
    return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  }
  if (content.length === 0) return <Empty title={words.empty} about={words.emptyAbout} />;
  const troubled = content.filter((station) => condition(station, now) !== "online").length;
  const blind = content.flatMap(blindCameras).length;
  return (
    <section class="screen" aria-labelledby="stations-title">
      <header class="screen-head">
        <h1 id="stations-title">{phrases.tabs.stations}</h1>
        <p class={troubled + blind > 0 ? "trouble" : "quiet"} data-testid="stations-summary">
          {words.summary(content.length, troubled)}
          {blind > 0 && `; ${words.blind(blind)}`}
        </p>
      </header>
      <div class="table-frame" tabIndex={0}>
        <table data-testid="stations">
          <thead>
            <tr>
              {Object.entries(words.columns).map(([key, name]) => (
                <th key={key} scope="col" class={NUMBERS.has(key) ? "number" : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {worstFirst(content, now).map((station) => (
              <StationRow key={station.id} station={station} now={now} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const NUMBERS = new Set(["battery", "queue", "frames", "broken", "inference", "detections"]);

function StationRow({ station, now }: { station: Station; now: number }) {
  const present = condition(station, now);
  return (
    <tr class={`station ${present}`} data-testid="station-row" data-station-id={station.id}>
      <th scope="row">
        {station.name} {station.simulated && <DrillBadge />}
        <span class="quiet small">{station.id}</span>
      </th>
      <td>
        <span class={`state ${present}`} title={explained(station, now)} data-testid="station-state">
          <StationMark condition={present} /> {words.states[present]}
        </span>
      </td>
      <td>
        <Cameras station={station} now={now} />
      </td>
      <td class={`number${isLow(station) ? " trouble" : ""}`} title={station.is_charging ? words.charging : undefined}>
        {station.battery_percent === null ? words.none : `${Math.round(station.battery_percent)} %`}
      </td>
      <td>{station.last_seen_at ? <Ago at={station.last_seen_at} now={now} /> : words.never}</td>
      <td class={`number${(station.queue_length ?? 0) > 0 ? " waiting" : ""}`}>{count(station.queue_length)}</td>
      <td>{station.oldest_unsent_at ? <Ago at={station.oldest_unsent_at} now={now} /> : words.none}</td>
      <td class="number">{count(station.frames_seen)}</td>
      <td class={`number${(station.frames_broken ?? 0) > 0 ? " trouble" : ""}`}>{count(station.frames_broken)}</td>
      <td class="number">
        {station.inference_ms === null ? words.none : `${Math.round(station.inference_ms)} ms`}
      </td>
      <td>{station.release ?? words.none}</td>
      <td>{station.version ?? words.none}</td>
      <td class="number">{count(station.detections_24h)}</td>
    </tr>
  );
}

function Cameras({ station, now }: { station: Station; now: number }) {
  const blind = blindCameras(station);
  if (blind.length === 0) {
    const learning = station.cameras.some(({ state }) => state === "learning");
    if (station.cameras.length === 0) return <>{words.none}</>;
    return <>{learning ? words.cameras.learning : words.allGood(station.cameras.length)}</>;
  }
  return (
    <span class="trouble" data-testid="blind-cameras">
      {blind.map((camera) => (
        <span key={camera.deployment_id} title={camera.reason ?? undefined}>
          {camera.deployment_id}: {words.cameras[camera.state] ?? camera.state}{" "}
          {camera.since !== null && <Ago at={camera.since} now={now} />}{" "}
        </span>
      ))}
    </span>
  );
}

function explained(station: Station, now: number): string | undefined {
  if (condition(station, now) !== "silent" || station.last_seen_at === null) return undefined;
  return words.silentAbout(duration(secondsBetween(station.last_seen_at, now)));
}

function count(value: number | null): string {
  return value === null ? words.none : value.toLocaleString("en-GB");
}
