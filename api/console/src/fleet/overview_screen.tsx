import { DrillBadge } from "../parts/badges";
import { Empty, Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import { useEvery, useLoaded } from "../service/use_loaded";
import { Ago } from "../time/moment";
import { duration, secondsBetween } from "../time/moments";
import type { FleetStation } from "./contract";
import { FleetMap } from "./fleet_map";
import { words as all } from "./phrases";
import { fleet } from "./service";

const words = all.overview;

/** Which station needs somebody, and what is coming. */
export function OverviewScreen({ now }: { now: number }) {
  const { content, problem, reload } = useLoaded(fleet.overview);
  useEvery(20_000, reload);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  if (content.stations.length === 0) return <Empty title={words.empty} about={words.emptyAbout} />;
  const bad = content.stations.filter(({ alarms }) => alarms.length > 0).length;
  return (
    <>
      <header class="screen-head">
        <h1>{words.title}</h1>
        <p class={bad > 0 ? "trouble" : "quiet"} data-testid="fleet-summary" role="status">
          {bad > 0 ? words.trouble(bad, content.stations.length) : words.allWell(content.stations.length)}
        </p>
      </header>
      <FleetMap stations={content.stations} />
      <div class="table-frame" tabIndex={0}>
        <table data-testid="fleet">
          <thead>
            <tr>
              {Object.entries(words.columns).map(([key, name]) => (
                <th key={key} scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {content.stations.map((each) => (
              <Row key={each.station.id} each={each} now={now} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ each, now }: { each: FleetStation; now: number }) {
  const { station } = each;
  return (
    <tr data-testid="fleet-row" class={each.alarms.length > 0 ? "station silent" : undefined}>
      <th scope="row">
        <a href={`#/fleet/config/${encodeURIComponent(station.id)}`}>{station.name}</a>{" "}
        {station.simulated && <DrillBadge />}
        <span class="quiet small">{station.id}</span>
      </th>
      <td class="wide">
        {each.alarms.length === 0 && <span class="quiet">–</span>}
        {each.alarms.map((alarm) => (
          <span key={alarm} class="badge alarm">{words.alarms[alarm] ?? alarm}</span>
        ))}
        <Reasons each={each} now={now} />
      </td>
      <td><Battery each={each} /></td>
      <td><Cameras each={each} /></td>
      <td class="number">
        {station.queue_length ?? "–"}
        {station.oldest_unsent_at && <span class="quiet small block"><Ago at={station.oldest_unsent_at} now={now} /></span>}
      </td>
      <td><Version each={each} /></td>
      <td>
        {station.release ?? "–"}
        {each.offered_release !== null && each.offer_step !== "running" && (
          <span class="quiet small block">
            {words.offered(each.offered_release, all.releases.steps[each.offer_step ?? ""] ?? all.releases.notAnswered)}
          </span>
        )}
      </td>
      <td>
        {each.picture === null ? (
          <span class="quiet">{words.noPicture}</span>
        ) : (
          <figure class="last-picture">
            <img src={each.picture.url} alt={words.picture(station.name)} loading="lazy" />
            <figcaption class="quiet small"><Ago at={each.picture.captured_at} now={now} /></figcaption>
          </figure>
        )}
      </td>
    </tr>
  );
}

function Reasons({ each, now }: { each: FleetStation; now: number }) {
  const lines = [
    each.alarms.includes("silent") &&
      (each.silent_since ? words.silentFor(duration(secondsBetween(each.silent_since, now))) : words.neverHeard),
    each.station.trouble,
    ...each.clouding.map(({ deployment_id, days }) => words.cloudingIn(deployment_id, days)),
  ].filter(Boolean);
  return lines.length === 0 ? null : <p class="small">{lines.join("; ")}</p>;
}

function Cameras({ each }: { each: FleetStation }) {
  const { cameras } = each.station;
  if (cameras.length === 0) return <span class="quiet">–</span>;
  return (
    <ul class="small">
      {cameras.map((camera) => (
        <li key={camera.deployment_id} class={camera.is_blind ? "trouble" : undefined} title={camera.reason ?? undefined}>
          {camera.deployment_id}: {phrases.stations.cameras[camera.state] ?? camera.state}
        </li>
      ))}
    </ul>
  );
}

function Version({ each }: { each: FleetStation }) {
  const present = each.config_version ?? 0;
  const behind = each.desired_version !== null && each.desired_version !== present;
  return (
    <>
      {present === 0 ? words.ownFile : words.version(present)}
      {behind && (
        <span class="small block trouble">
          {words.version(each.desired_version ?? 0)}: {all.config.outcome[each.config_outcome ?? ""] ?? words.notYet}
        </span>
      )}
    </>
  );
}

const WIDE = 90;
const HIGH = 26;

function Battery({ each }: { each: FleetStation }) {
  const { battery_percent, is_charging, name } = each.station;
  const [first, last] = [each.battery[0], each.battery.at(-1)];
  if (battery_percent === null && first === undefined) return <span class="quiet">–</span>;
  const span = first && last ? Math.max(secondsBetween(first[0], last[0]), 1) : 1;
  const line = each.battery
    .map(([at, percent], index) => {
      const x = (secondsBetween(first?.[0] ?? at, at) / span) * WIDE;
      return `${index ? "L" : "M"}${x.toFixed(1)} ${(HIGH - (percent / 100) * HIGH).toFixed(1)}`;
    })
    .join("");
  return (
    <>
      <span class="number">{battery_percent === null ? "–" : `${Math.round(battery_percent)} %`}</span>{" "}
      {is_charging && <span class="quiet small">{phrases.stations.charging}</span>}
      {each.battery.length > 1 && (
        <svg class="spark" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={words.charge(name)}>
          <path class="floor" d={`M0 ${HIGH * 0.8}H${WIDE}`} />
          <path d={line} />
        </svg>
      )}
      {each.flat_in && <span class="small block trouble">{words.flatIn(each.flat_in.days, each.flat_in.from_days)}</span>}
    </>
  );
}
