import { useSession } from "../session/session_context";
import { wallClock } from "../time/moments";
import { bestConfidence, confidenceText } from "../detections/rules";
import { phrases } from "../phrases";
import type { Group, Individual, KeptLabel, LifeStage, QueuedEvent, Sex } from "./contract";
import { DECISIONS } from "./keys";
import type { Likest } from "./likest";
import { reviewPhrases as words } from "./phrases";
import type { Draft, Reviewer } from "./reviewer";

interface SideProps {
  reviewer: Reviewer;
  event: QueuedEvent;
  individuals: Individual[];
  likest: Likest;
  others: KeptLabel[];
  settling: boolean;
  settle(): void;
}

/** Beside the picture: what is known, the decisions, and what a reader may add. */
export function Side({ reviewer, event, individuals, likest, others, settling, settle }: SideProps) {
  return (
    <aside class="review-side" aria-label={words.decide}>
      <Facts event={event} />
      <Others others={others} disputed={event.state === "disputed"} settling={settling} settle={settle} />
      <div class="decisions" role="group" aria-label={words.decide}>
        {DECISIONS.map(({ key, decision }) => (
          <button
            key={key}
            type="button"
            class={`decision says-${decision}`}
            data-testid={`decide-${decision}`}
            onClick={() => reviewer.decide(decision, settling)}
          >
            <kbd>{key.toUpperCase()}</kbd>
            {words.decisions[decision]}
          </button>
        ))}
      </div>
      <Details reviewer={reviewer} individuals={individuals} likest={likest} />
    </aside>
  );
}

function Facts({ event }: { event: QueuedEvent }) {
  const { site } = useSession();
  const best = Math.max(0, ...event.frames.map(({ animals }) => bestConfidence(animals)));
  return (
    <header class="review-facts">
      <h2>
        {event.station.name} <span class="quiet">· {event.deployment_id}</span>
      </h2>
      <p class="quiet small">
        {wallClock(event.started_at, site.timezone)} · {phrases.lighting[event.lighting]}
        {event.herd_id !== null && ` · ${words.herd} ${event.herd_id}`}
      </p>
      <p class="badges">
        {event.simulated && <span class="badge drill">{phrases.badge.drill}</span>}
        {event.why.map((reason) => (
          <span key={reason} class="badge why">
            {words.why[reason] ?? reason}
          </span>
        ))}
      </p>
      <p class="small">
        {words.network}: {event.network_count} × {words.decisions.elephant.toLowerCase()}, {confidenceText(best)}
      </p>
    </header>
  );
}

interface OthersProps {
  others: KeptLabel[];
  disputed: boolean;
  settling: boolean;
  settle(): void;
}

function Others({ others, disputed, settling, settle }: OthersProps) {
  if (others.length === 0) return null;
  return (
    <section class="others">
      <h3>{words.others}</h3>
      <ul class="plain-list">
        {others.map((label) => (
          <li key={label.id} class="small">
            {label.reader}: {label.decision ? words.decisions[label.decision] : words.undo}
          </li>
        ))}
      </ul>
      {disputed && (
        <label class="check">
          <input type="checkbox" checked={settling} onChange={settle} data-testid="settle" />
          <span>
            <kbd>T</kbd> {words.settleAbout}
          </span>
        </label>
      )}
    </section>
  );
}

interface DetailsProps {
  reviewer: Reviewer;
  individuals: Individual[];
  likest: Likest;
}

function Details({ reviewer, individuals, likest: { found, ask } }: DetailsProps) {
  const { draft } = reviewer;
  const likeness = (id: number) => found?.get(id) ?? -Infinity;
  const ordered = [...individuals].sort((one, other) => likeness(other.id) - likeness(one.id) || 0);
  return (
    <section class="review-details" aria-label={words.details}>
      <div class="count-row">
        <span id="count-name">{words.count}</span>
        <button type="button" aria-label={words.fewer} onClick={() => changeCount(reviewer, -1)}>
          −
        </button>
        <output aria-labelledby="count-name" class="number" data-testid="count">
          {draft.count ?? words.unknownCount}
        </output>
        <button type="button" aria-label={words.more} onClick={() => changeCount(reviewer, 1)}>
          +
        </button>
      </div>
      <Groups draft={draft} change={(groups) => reviewer.edit({ groups })} />
      <fieldset class="individuals">
        <legend>{words.individuals}</legend>
        {individuals.length === 0 && <p class="quiet small">{words.noIndividuals}</p>}
        {individuals.length > 0 && (
          <button type="button" class="plain" data-testid="who" onClick={ask}>
            <kbd>W</kbd> {words.who}
          </button>
        )}
        {found !== null && (
          <p class="quiet small" data-testid="who-about">
            {words.whoAbout}
          </p>
        )}
        {ordered.map(({ id, name, digit }) => (
          <label key={id} class="check">
            <input
              type="checkbox"
              checked={draft.individuals.includes(id)}
              onChange={() => reviewer.toggleIndividual(id)}
            />
            {digit !== null && <kbd>{digit}</kbd>} {name}
            {found?.has(id) && <span class="number quiet">{likeness(id).toFixed(2)}</span>}
          </label>
        ))}
      </fieldset>
      <label class="behaviour">
        {words.behaviour}
        <textarea
          id="behaviour"
          rows={2}
          maxLength={2000}
          placeholder={words.behaviourAbout}
          value={draft.behaviour}
          data-testid="behaviour"
          onInput={({ currentTarget }) => reviewer.edit({ behaviour: currentTarget.value })}
        />
      </label>
    </section>
  );
}

export function changeCount(reviewer: Reviewer, by: number): void {
  const count = Math.max(0, Math.min((reviewer.draft.count ?? 0) + by, 1000));
  reviewer.edit({ count: count || null });
}

const NEW_GROUP: Group = { count: 1, life_stage: "adult", sex: "unknown" };

export function withGroup(draft: Draft): Group[] {
  return draft.groups.length < 20 ? [...draft.groups, NEW_GROUP] : draft.groups;
}

interface GroupsProps {
  draft: Draft;
  change(groups: Group[]): void;
}

function Groups({ draft, change }: GroupsProps) {
  const edit = (index: number, values: Partial<Group>) =>
    change(draft.groups.map((group, other) => (other === index ? { ...group, ...values } : group)));
  return (
    <fieldset class="groups">
      <legend>{words.groups}</legend>
      {draft.groups.map((group, index) => (
        <div key={index} class="group">
          <input
            type="number"
            min={1}
            max={1000}
            value={group.count}
            aria-label={words.groupCount}
            onInput={({ currentTarget }) =>
              edit(index, { count: Math.max(1, Math.min(currentTarget.valueAsNumber || 1, 1000)) })
            }
          />
          <select
            aria-label={words.lifeStage}
            value={group.life_stage}
            onChange={({ currentTarget }) => edit(index, { life_stage: currentTarget.value as LifeStage })}
          >
            {Object.entries(words.lifeStages).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
          <select
            aria-label={words.sex}
            value={group.sex}
            onChange={({ currentTarget }) => edit(index, { sex: currentTarget.value as Sex })}
          >
            {Object.entries(words.sexes).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
          <button
            type="button"
            class="plain"
            aria-label={words.removeGroup}
            onClick={() => change(draft.groups.filter((_, other) => other !== index))}
          >
            ×
          </button>
        </div>
      ))}
      <button type="button" class="plain" data-testid="add-group" onClick={() => change(withGroup(draft))}>
        <kbd>G</kbd> {words.addGroup}
      </button>
    </fieldset>
  );
}
