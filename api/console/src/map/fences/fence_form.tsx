import { useState } from "preact/hooks";
import type { AlertLevel } from "../../service/contract";
import { phrases } from "../../phrases";
import { kindName } from "../zones";
import type { Hours } from "./contract";
import { DAYS, type Draft, KINDS, fewestCorners, isDrawn } from "./rules";
import { words } from "./words";

interface FenceFormProps {
  draft: Draft;
  busy: boolean;
  problem: string | null;
  change(part: Partial<Draft>): void;
  save(): void;
  cancel(): void;
  remove(): void;
}

/** What a geofence is called and how much head start its people want. */
export function FenceForm({ draft, busy, problem, change, save, cancel, remove }: FenceFormProps) {
  const [sure, setSure] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    save();
  };
  return (
    <form class="fence-form" onSubmit={submit} data-testid="fence-form">
      <p class="quiet small">{words.how}</p>
      <p role="status" data-testid="fence-corners">
        {words.corners(draft.corners.length, fewestCorners(draft.shape))}
      </p>
      <button
        type="button"
        disabled={draft.corners.length === 0}
        onClick={() => change({ corners: draft.corners.slice(0, -1) })}
      >
        {words.undo}
      </button>
      <label>
        {words.name}
        <input
          required
          maxLength={200}
          value={draft.name}
          data-testid="fence-name"
          onInput={({ currentTarget }) => change({ name: currentTarget.value })}
        />
      </label>
      <label>
        {words.kind}
        <select value={draft.kind} onChange={({ currentTarget }) => change({ kind: currentTarget.value })}>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {kindName(kind)}
            </option>
          ))}
        </select>
      </label>
      <div class="fence-pair">
        <Metres label={words.buffer} value={draft.buffer_m} change={(buffer_m) => change({ buffer_m })} />
        <Metres label={words.watch} value={draft.watch_m} change={(watch_m) => change({ watch_m })} />
      </div>
      <Schedule schedule={draft.schedule} change={(schedule) => change({ schedule })} />
      <Confidence confidence={draft.confidence} change={(confidence) => change({ confidence })} />
      {problem !== null && (
        <p role="alert" class="fence-problem" data-testid="fence-problem">
          {problem}
        </p>
      )}
      <div class="fence-pair">
        <button type="submit" class="primary" disabled={busy || !isDrawn(draft)} data-testid="fence-save">
          {busy ? words.saving : words.save}
        </button>
        <button type="button" onClick={cancel}>
          {words.cancel}
        </button>
      </div>
      {draft.id !== null && (
        <button type="button" class="danger" data-testid="fence-remove" onClick={() => (sure ? remove() : setSure(true))}>
          {sure ? words.reallyRemove : words.remove}
        </button>
      )}
    </form>
  );
}

function Metres({ label, value, change }: { label: string; value: number; change(metres: number): void }) {
  return (
    <label>
      {label}
      <input
        type="number"
        required
        min={0}
        max={50_000}
        step={10}
        value={value}
        onInput={({ currentTarget }) => change(currentTarget.valueAsNumber || 0)}
      />
    </label>
  );
}

function Schedule({ schedule, change }: { schedule: Hours[]; change(schedule: Hours[]): void }) {
  const put = (index: number, part: Partial<Hours>) =>
    change(schedule.map((hours, number) => (number === index ? { ...hours, ...part } : hours)));
  return (
    <fieldset>
      <legend>{words.hours}</legend>
      <p class="quiet small">{words.hoursAbout}</p>
      {schedule.map((hours, index) => (
        <div key={index} class="fence-hours">
          <div class="fence-days">
            {DAYS.map((day) => (
              <label key={day}>
                <input
                  type="checkbox"
                  checked={hours.days.includes(day)}
                  onChange={({ currentTarget }) => {
                    const others = hours.days.filter((each) => each !== day);
                    put(index, { days: currentTarget.checked ? [...others, day] : others });
                  }}
                />
                {words.days[day]}
              </label>
            ))}
          </div>
          {(["from", "until"] as const).map((end) => (
            <label key={end}>
              {words[end]}
              <input
                type="time"
                required
                value={hours[end]}
                onInput={({ currentTarget }) => put(index, { [end]: currentTarget.value })}
              />
            </label>
          ))}
          <button type="button" onClick={() => change(schedule.filter((_, number) => number !== index))}>
            {words.removeHours}
          </button>
        </div>
      ))}
      <button
        type="button"
        onClick={() => change([...schedule, { days: DAYS.slice(0, 5), from: "06:30", until: "08:00" }])}
      >
        {words.addHours}
      </button>
    </fieldset>
  );
}

const LEVELS: AlertLevel[] = ["watch", "warning", "danger"];

type Sureness = Draft["confidence"];

function Confidence({ confidence, change }: { confidence: Sureness; change(confidence: Sureness): void }) {
  return (
    <details>
      <summary>{words.sure}</summary>
      <p class="quiet small">{words.sureAbout}</p>
      {LEVELS.map((level) => (
        <label key={level}>
          {phrases.alerts.levels[level]}
          <input
            type="number"
            min={0}
            max={100}
            value={Math.round(100 * (confidence[level] ?? 0))}
            onInput={({ currentTarget }) =>
              change({ ...confidence, [level]: (currentTarget.valueAsNumber || 0) / 100 })
            }
          />
        </label>
      ))}
    </details>
  );
}
