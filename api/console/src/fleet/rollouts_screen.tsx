import { useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import type { Station } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { Moment } from "../time/moment";
import type { Rollout, Settings } from "./contract";
import { words as all } from "./phrases";
import { fleet } from "./service";
import { ofAnyStation } from "./settings";

const words = all.rollouts;

/** A config for many stations, a few at a time. */
export function RolloutsScreen({ stations, from, now }: { stations: Station[]; from: string | undefined; now: number }) {
  const { content, problem, reload } = useLoaded(fleet.rollouts);
  useEvery(5_000, reload);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  return (
    <>
      <header class="screen-head"><h1>{words.title}</h1></header>
      <p class="quiet lead">{words.about}</p>
      <NewRollout stations={stations} from={from} begun={reload} />
      {content.length === 0 && <p class="quiet">{words.none}</p>}
      {content.map((rollout) => (
        <RolloutCard key={rollout.id} rollout={rollout} now={now} reload={reload} />
      ))}
    </>
  );
}

function NewRollout({ stations, from, begun }: { stations: Station[]; from: string | undefined; begun(): void }) {
  const [source, setSource] = useState(from ?? "");
  const [text, setText] = useState("{}");
  const [soak, setSoak] = useState(60);
  const [chosen, setChosen] = useState<string[]>([]);
  const [said, setSaid] = useState<string | null>(null);

  async function begin(event: Event): Promise<void> {
    event.preventDefault();
    try {
      if (chosen.length === 0) throw new Error(words.problem);
      const settings = source
        ? ofAnyStation((await fleet.config(source)).desired?.settings ?? {})
        : (JSON.parse(text) as Settings);
      const rollout = await fleet.rollOut({
        station_ids: chosen,
        settings,
        mode: "merge",
        soak_minutes: soak,
        note: source ? `as ${source}` : "",
      });
      setSaid(words.stage(rollout.stage, rollout.stages));
      setChosen([]);
      begun();
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form class="panel" onSubmit={(event) => void begin(event)} data-testid="new-rollout">
      <h2>{words.new}</h2>
      <fieldset class="choices">
        <legend>{words.stations}</legend>
        {stations.map(({ id, name }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              data-testid={`rollout-${id}`}
              onChange={() => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])}
            />{" "}
            {name}
            {chosen.includes(id) && <span class="count">{chosen.indexOf(id) + 1}</span>}
          </label>
        ))}
      </fieldset>
      <label class="wide-label">
        {words.copyFrom}
        <select value={source} onChange={(event) => setSource(event.currentTarget.value)} data-testid="rollout-source">
          <option value="">{words.nobody}</option>
          {stations.map(({ id, name }) => (
            <option key={id} value={id}>{name}</option>
          ))}
        </select>
      </label>
      {source === "" && (
        <label class="wide-label">
          {words.settings}
          <textarea rows={4} value={text} onInput={(event) => setText(event.currentTarget.value)} data-testid="rollout-settings" />
        </label>
      )}
      <label class="wide-label inline">
        {words.soak}
        <input type="number" min={0} max={10080} value={soak} onInput={(event) => setSoak(Number(event.currentTarget.value))} data-testid="rollout-soak" />
      </label>
      <p class="actions">
        <button type="submit" class="primary" data-testid="rollout-begin">{words.begin}</button>
        <span role="status" data-testid="rollout-said">{said}</span>
      </p>
    </form>
  );
}

function RolloutCard({ rollout, now, reload }: { rollout: Rollout; now: number; reload(): void }) {
  return (
    <section class="panel" aria-label={`${words.title} ${rollout.id}`} data-testid="rollout">
      <h2>
        {rollout.note || `#${rollout.id}`} <span class={`standing ${rollout.state}`}>{words.states[rollout.state]}</span>{" "}
        <span class="quiet small">{words.stage(rollout.stage, rollout.stages)}</span>
      </h2>
      <p class="quiet small">{rollout.made_by}, <Moment at={rollout.made_at} now={now} /></p>
      {rollout.reason && <p class={rollout.state === "stopped" ? "trouble" : undefined}>{rollout.reason}</p>}
      <code class="small">{JSON.stringify(rollout.settings)}</code>
      <ol class="stages">
        {Array.from({ length: rollout.stages }, (_, stage) => (
          <li key={stage} class={stage === rollout.stage && rollout.state === "running" ? "present" : undefined}>
            {rollout.stations
              .filter((each) => each.stage === stage)
              .map((each) => (
                <span key={each.id} class={`stage-station ${each.undone_version ? "undone" : (each.outcome ?? "")}`} title={each.reason}>
                  {each.name}:{" "}
                  {each.undone_version
                    ? words.undone
                    : each.version === null
                      ? words.notTold
                      : (all.config.outcome[each.outcome ?? ""] ?? all.config.unanswered)}
                </span>
              ))}
          </li>
        ))}
      </ol>
      {rollout.state === "running" && (
        <p>
          <button type="button" onClick={() => void fleet.cancel(rollout.id).then(reload, reload)}>{words.cancel}</button>
        </p>
      )}
    </section>
  );
}
