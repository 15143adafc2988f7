import { useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import { call } from "../service/client";
import { useEvery, useLoaded } from "../service/use_loaded";
import { Ago, Moment } from "../time/moment";
import type { Drill, PersonReach, Reach } from "./contract";
import { words } from "./phrases";

const reachOf = () => call<Reach>("GET", "/reach");
const drillsOf = async () => (await call<{ drills: Drill[] }>("GET", "/drills")).drills;

/** Who can be rung and who cannot, and what drills have shown. */
export function ReachScreen({ now }: { now: number }) {
  const reach = useLoaded(reachOf);
  const drills = useLoaded(drillsOf);
  const [said, setSaid] = useState<string | null>(null);
  useEvery(5_000, drills.reload);
  useEvery(30_000, reach.reload);
  if (reach.content === null) {
    return reach.problem === null ? <Loading /> : <Problem message={reach.problem} again={reach.reload} />;
  }

  async function begin(order: { scope: string; person_id?: number }): Promise<void> {
    try {
      await call<Drill>("POST", "/drills", order);
      setSaid(words.begun);
      drills.reload();
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <>
      <header class="screen-head"><h1>{words.title}</h1></header>
      <p class="quiet lead">{words.about}</p>
      <dl class="tallies" data-testid="reach-counts">
        {Object.entries(words.reach).map(([kind, name]) => (
          <div key={kind}>
            <dt>{name}</dt>
            <dd class="number">{reach.content?.counts[kind as keyof Reach["counts"]] ?? 0}</dd>
          </div>
        ))}
      </dl>
      <section class="panel" aria-labelledby="drills-title">
        <h2 id="drills-title">{words.drills}</h2>
        <p class="actions">
          <button
            type="button"
            data-testid="drill-everybody"
            onClick={() => window.confirm(words.confirm) && void begin({ scope: "site" })}
          >
            {words.begin}
          </button>
          <span role="status">{said}</span>
        </p>
        {drills.content?.length === 0 && <p class="quiet">{words.none}</p>}
        <ul class="change-list">
          {(drills.content ?? []).map((drill) => (
            <DrillEntry key={drill.id} drill={drill} now={now} />
          ))}
        </ul>
        <p class="quiet small">{words.ledger}</p>
      </section>
      <PeopleTable people={reach.content.people} now={now} ring={(id) => void begin({ scope: "person", person_id: id })} />
    </>
  );
}

function DrillEntry({ drill, now }: { drill: Drill; now: number }) {
  const missed = drill.results.filter(({ reached_s }) => reached_s === null).map(({ name }) => name);
  return (
    <li data-testid="drill">
      <div>
        <strong>{words.result(drill.reached, drill.people, drill.answered)}</strong>
        {drill.median_s !== null && `, ${words.median(drill.median_s)}`}
        <p class="quiet small">
          {words.scopes[drill.scope] ?? drill.scope}, <Moment at={drill.started_at} now={now} />
          {drill.ordered_by && `, ${words.by(drill.ordered_by)}`}
        </p>
        {missed.length > 0 && <p class="small trouble">{words.notReached} {missed.slice(0, 20).join(", ")}</p>}
      </div>
    </li>
  );
}

function PeopleTable({ people, now, ring }: { people: PersonReach[]; now: number; ring(id: number): void }) {
  const order = ["none", "gone", "missed", "unproved", "proved"];
  const sorted = people.toSorted((one, other) => order.indexOf(one.reach) - order.indexOf(other.reach));
  return (
    <div class="table-frame" tabIndex={0}>
      <table data-testid="reach">
        <caption>{words.people}</caption>
        <thead>
          <tr>
            {Object.entries(words.columns).map(([key, name]) => (
              <th key={key} scope="col">{name}</th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {sorted.map((person) => (
            <tr key={person.id} data-testid="reach-row">
              <th scope="row">{person.name}</th>
              <td>{person.role}</td>
              <td class="number">{person.follows}</td>
              <td class={person.reach === "proved" ? undefined : "trouble"}>{words.reach[person.reach] ?? person.reach}</td>
              <td class="wide">
                {person.bells.map((bell, index) => (
                  <span key={index} class="block small">
                    {bell.channel.replaceAll("_", " ")}: {words.reach[bell.reach] ?? bell.reach}{" "}
                    <span class="quiet">{bell.last_reached_at ? <Ago at={bell.last_reached_at} now={now} /> : words.never}</span>
                  </span>
                ))}
              </td>
              <td>
                {person.reach !== "none" && (
                  <button type="button" aria-label={words.beginOne(person.name)} onClick={() => ring(person.id)}>
                    {words.ring}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
