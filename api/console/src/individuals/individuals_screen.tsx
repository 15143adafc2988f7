import { useState } from "preact/hooks";
import { Empty, Loading, Problem } from "../parts/notice";
import { reviewPhrases } from "../review/phrases";
import { useLoaded } from "../service/use_loaded";
import { useSession } from "../session/session_context";
import { wallClock } from "../time/moments";
import { type Description, type Individual, type Sighting, catalogue } from "./contract";
import { individualsPhrases as words } from "./phrases";

const NOBODY: Description = {
  name: "",
  sex: "unknown",
  life_stage: "adult",
  notes: "",
  digit: null,
};

/** The elephants that people know by sight. */
export function IndividualsScreen() {
  const { content, problem, reload } = useLoaded(catalogue.list);
  const [editing, setEditing] = useState<Individual | "new" | null>(null);
  if (content === null) {
    return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  }
  return (
    <section class="screen" aria-label={words.title}>
      <div class="screen-head">
        <h1>{words.title}</h1>
        <button type="button" class="primary" onClick={() => setEditing("new")} data-testid="add-individual">
          {words.add}
        </button>
      </div>
      <p class="quiet small">{words.about}</p>
      {editing !== null && (
        <Form
          key={editing === "new" ? 0 : editing.id}
          individual={editing}
          done={() => {
            setEditing(null);
            reload();
          }}
          cancel={() => setEditing(null)}
        />
      )}
      {content.length === 0 && editing === null && (
        <Empty title={words.empty} about={words.emptyAbout} />
      )}
      <ul class="wall">
        {content.map((one) => (
          <Card key={one.id} individual={one} edit={() => setEditing(one)} changed={reload} />
        ))}
      </ul>
    </section>
  );
}

interface CardProps {
  individual: Individual;
  edit(): void;
  changed(): void;
}

function Card({ individual, edit, changed }: CardProps) {
  const { site } = useSession();
  const [sightings, setSightings] = useState<Sighting[] | null>(null);
  const { id, name, digit, sex, life_stage, notes, events, last_seen_at, pictures } = individual;
  return (
    <li class="card individual" data-testid="individual">
      <div class="references">
        {pictures.length === 0 && <p class="evidence missing">{words.noPicture}</p>}
        {pictures.map((picture) => (
          <figure key={picture.detection_id}>
            {picture.media_url !== null && <img src={picture.media_url} alt={words.picture(name)} loading="lazy" />}
            <button
              type="button"
              aria-label={words.removePicture}
              onClick={() => void catalogue.removePicture(id, picture.detection_id).then(changed)}
            >
              ×
            </button>
          </figure>
        ))}
      </div>
      <div class="card-text">
        <p class="card-title">
          {digit !== null && <kbd>{digit}</kbd>} <strong>{name}</strong>
          <button type="button" class="plain" onClick={edit}>
            {words.edit}
          </button>
        </p>
        <p class="quiet small">
          {reviewPhrases.lifeStages[life_stage]}, {reviewPhrases.sexes[sex]}
        </p>
        {notes && <p class="small">{notes}</p>}
        <p class="small">
          {words.seen(events)}
          {last_seen_at !== null && ` · ${words.last(wallClock(last_seen_at, site.timezone))}`}
        </p>
        {events > 0 && sightings === null && (
          <button
            type="button"
            class="plain"
            onClick={() => void catalogue.sightings(id).then(setSightings, () => setSightings([]))}
          >
            {words.where}
          </button>
        )}
        <ul class="plain-list small">
          {sightings?.map((one) => (
            <li key={one.event_id}>
              {wallClock(one.started_at, site.timezone)} · {one.station.name}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

interface FormProps {
  individual: Individual | "new";
  done(): void;
  cancel(): void;
}

function Form({ individual, done, cancel }: FormProps) {
  const [described, setDescribed] = useState<Description>(individual === "new" ? NOBODY : individual);
  const [problem, setProblem] = useState<string | null>(null);
  const edit = (values: Partial<Description>) => setDescribed({ ...described, ...values });

  function save(event: Event): void {
    event.preventDefault();
    const { name, sex, life_stage, notes, digit } = described;
    const clean = { name, sex, life_stage, notes, digit };
    const saved = individual === "new" ? catalogue.add(clean) : catalogue.change(individual.id, clean);
    saved.then(done, (error: Error) => setProblem(error.message));
  }

  return (
    <form class="panel form-grid" onSubmit={save}>
      <label>
        {words.name}
        <input
          required
          maxLength={80}
          value={described.name}
          data-testid="individual-name"
          onInput={({ currentTarget }) => edit({ name: currentTarget.value })}
        />
      </label>
      <label>
        {reviewPhrases.sex}
        <select
          value={described.sex}
          onChange={({ currentTarget }) => edit({ sex: currentTarget.value as Description["sex"] })}
        >
          {Object.entries(reviewPhrases.sexes).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {reviewPhrases.lifeStage}
        <select
          value={described.life_stage}
          onChange={({ currentTarget }) =>
            edit({ life_stage: currentTarget.value as Description["life_stage"] })
          }
        >
          {Object.entries(reviewPhrases.lifeStages).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.digit}
        <select
          value={described.digit ?? ""}
          data-testid="individual-digit"
          onChange={({ currentTarget }) =>
            edit({ digit: currentTarget.value ? Number(currentTarget.value) : null })
          }
        >
          <option value="">{words.noDigit}</option>
          {[1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => (
            <option key={digit} value={digit}>
              {digit}
            </option>
          ))}
        </select>
      </label>
      <label class="wide">
        {words.notes}
        <textarea
          rows={2}
          maxLength={4000}
          value={described.notes}
          placeholder={words.notesAbout}
          onInput={({ currentTarget }) => edit({ notes: currentTarget.value })}
        />
      </label>
      {problem !== null && (
        <p class="form-problem wide" role="alert">
          {problem}
        </p>
      )}
      <p class="wide">
        <button type="submit" class="primary" data-testid="individual-save">
          {words.save}
        </button>{" "}
        <button type="button" onClick={cancel}>
          {words.cancel}
        </button>
      </p>
    </form>
  );
}
