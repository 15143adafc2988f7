// Practice: ring one phone, a place or everybody, and see who was reached.
import { useEffect, useState } from "preact/hooks";

import { LevelSign } from "../parts/signs";
import type { PhraseKey } from "../shared/phrases";
import { type Drill, isRanger, type Level } from "../shared/wire";
import { ApiError, call, get } from "../state/api";
import { language, me, nowMs, siteMap, t } from "../state/state";
import { loadMap } from "../state/session";
import { agoWords } from "../words";

const LOOK_EVERY_MS = 2_000;
const LOOK_FOR_MS = 5 * 60_000;
const LEVELS: Level[] = ["watch", "warning", "danger"];
const CHANNELS = new Set(["web_push", "live", "sms", "voice", "siren"]);

export function DrillsScreen() {
  const [drill, setDrill] = useState<Drill | null>(null);
  const ranger = isRanger(me.value?.person.role ?? "villager");
  useEffect(() => void loadMap().catch(() => undefined), []);
  useEffect(() => {
    if (ranger) void lastDrill().then((last) => setDrill((now) => now ?? last));
  }, [ranger]);
  useResult(drill, setDrill);
  return (
    <main class="screen" id="main">
      <h1 class="title" tabIndex={-1}>
        {t("drill.title")}
      </h1>
      <p class="quiet">{t("drill.explained")}</p>
      <Order ranger={ranger} onBegun={setDrill} />
      {drill !== null && <Result drill={drill} />}
    </main>
  );
}

async function lastDrill(): Promise<Drill | null> {
  const said = await get<{ drills: Drill[] }>("/drills").catch(() => null);
  return said?.drills[0] ?? null;
}

/** Look again while phones may still say that they were reached. */
function useResult(drill: Drill | null, show: (drill: Drill) => void): void {
  useEffect(() => {
    if (drill === null || drill.answered === drill.people) return;
    if (nowMs.peek() - Date.parse(drill.started_at) > LOOK_FOR_MS) return;
    const timer = setTimeout(() => {
      get<Drill>(`/drills/${encodeURIComponent(drill.id)}`).then(show, () => show({ ...drill }));
    }, LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [drill]);
}

function Order({ ranger, onBegun }: { ranger: boolean; onBegun: (drill: Drill) => void }) {
  const [whom, setWhom] = useState("person");
  const [level, setLevel] = useState<Level>("warning");
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  const [busy, setBusy] = useState(false);
  const places = siteMap.value?.geofences.features ?? [];

  async function begin(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const place = Number(whom);
    const order = Number.isNaN(place) ? { scope: whom } : { scope: "village", geofence_id: place };
    try {
      onBegun((await call("POST", "/drills", { ...order, level })) as Drill);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.phrase : "error.server");
    } finally {
      setBusy(false);
    }
  }

  return (
    <form class="form" onSubmit={(event) => void begin(event)}>
      {ranger && (
        <label class="field">
          <span>{t("drill.for")}</span>
          <select data-testid="drill-for" value={whom} onChange={(event) => setWhom(event.currentTarget.value)}>
            <option value="person">{t("drill.me")}</option>
            {places.map(({ properties }) => (
              <option key={properties.id} value={properties.id}>
                {properties.name}
              </option>
            ))}
            <option value="site">{t("drill.site")}</option>
          </select>
        </label>
      )}
      <fieldset class="choice choice--levels">
        <legend>{t("drill.level")}</legend>
        {LEVELS.map((one) => (
          <label key={one} class={`choice__one level--${one}`}>
            <input class="unseen" type="radio" name="level" data-testid={`drill-${one}`} checked={level === one} onChange={() => setLevel(one)} />
            <span class="choice__sign" aria-hidden="true">
              <LevelSign sign={one} />
            </span>
            <span>{t(`level.${one}`)}</span>
          </label>
        ))}
      </fieldset>
      <p class="problem" role="alert">
        {problem !== null && t(problem)}
      </p>
      <button class="button button--main" type="submit" disabled={busy} data-testid="drill-begin">
        {t("drill.begin")}
      </button>
    </form>
  );
}

function Result({ drill }: { drill: Drill }) {
  const { reached, people, answered } = drill;
  return (
    <section class="bell" data-testid="drill-result" data-reached={reached} data-answered={answered}>
      <h2>
        {t("drill.word")} · {agoWords(language.value, Date.parse(drill.started_at), nowMs.value)}
      </h2>
      <p role="status">
        {t("drill.result", { reached, people, answered })}{" "}
        {drill.median_s !== null && t("drill.median", { n: drill.median_s })}
      </p>
      <ul class="places">
        {drill.results.map((person) => (
          <li key={person.id} class="reach">
            <strong>{person.name}</strong>
            <span class={person.reached_s === null ? "reach__no" : "reach__yes"}>{reachedWords(person)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function reachedWords(person: Drill["results"][number]): string {
  if (person.ways.length === 0) return t("reach.none");
  if (person.reached_s === null) return t("drill.not_reached");
  const ways = person.ways.map(({ channel }) => channelWord(channel)).join(", ");
  const answer = person.answer === null ? "" : ` · ${t(`answer.${person.answer}`)}`;
  return `${t("drill.after", { n: person.reached_s })} · ${ways}${answer}`;
}

function channelWord(channel: string): string {
  return CHANNELS.has(channel) ? t(`channel.${channel}` as PhraseKey) : t("channel.other");
}
