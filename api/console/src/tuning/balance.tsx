import { useState } from "preact/hooks";
import type { Choice, PlaceSummary, WantedChange } from "./contract";
import { words } from "./phrases";
import { percent, rate } from "./rules";
import { tuning } from "./service";

/** One slider for the whole site: false alarms against missed elephants. */
export function Balance({ choices, places, applied }: { choices: Choice[]; places: PlaceSummary[]; applied(): void }) {
  const [now, ...others] = choices;
  const steps = others.toSorted((one, other) => one.false_per_camera_month - other.false_per_camera_month);
  const [step, setStep] = useState(() => nearestRecall(steps, now?.recall ?? 1));
  const [said, setSaid] = useState<string | null>(null);
  if (now === undefined || steps.length === 0) return null;
  const choice = steps[Math.min(step, steps.length - 1)] ?? now;
  const changes = differing(choice, places);

  async function apply() {
    try {
      await tuning.apply(changes, 50, `all cameras together, ${percent(choice.recall)} of elephants`);
      setSaid(words.applied(changes.length));
      applied();
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <section class="panel balance" aria-labelledby="balance-title">
      <h2 id="balance-title">{words.balance}</h2>
      <p class="quiet">{words.balanceAbout}</p>
      <label class="wide-label">
        {words.slider}
        <input
          type="range"
          min={0}
          max={steps.length - 1}
          value={step}
          data-testid="balance-slider"
          aria-valuetext={`${rate(choice.false_per_camera_month)} ${words.falsePerMonth}, ${rate(choice.missed_per_camera_month)} ${words.missedPerMonth}`}
          onInput={(event) => setStep(Number(event.currentTarget.value))}
        />
      </label>
      <dl class="tallies compared">
        <Figure name={words.falsePerMonth} value={rate(choice.false_per_camera_month)} before={rate(now.false_per_camera_month)} />
        <Figure name={words.missedPerMonth} value={rate(choice.missed_per_camera_month)} before={rate(now.missed_per_camera_month)} />
        <Figure name={words.recallOf} value={percent(choice.recall)} before={percent(now.recall)} />
      </dl>
      <p class="actions">
        <button type="button" class="primary" disabled={changes.length === 0} onClick={() => void apply()} data-testid="apply-balance">
          {words.applyAll}
        </button>
        <span role="status">{said ?? words.changedCameras(changes.length)}</span>
      </p>
      <p class="quiet small">{words.estimates}</p>
    </section>
  );
}

function Figure({ name, value, before }: { name: string; value: string; before: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="number">
        {value} <span class="before">{words.asNow.toLowerCase()}: {before}</span>
      </dd>
    </div>
  );
}

/** The choice with at least today's recall and the fewest false alarms. */
function nearestRecall(steps: Choice[], recall: number): number {
  const index = steps.findIndex((choice) => choice.recall >= recall - 1e-9);
  return index < 0 ? Math.max(steps.length - 1, 0) : index;
}

function differing(choice: Choice, places: PlaceSummary[]): WantedChange[] {
  const present = new Map(places.map((p) => [`${p.station.id}/${p.deployment_id}/${p.lighting}`, p.now]));
  return choice.thresholds
    .filter(([station, deployment, lighting, threshold]) => {
      const now = present.get(`${station}/${deployment}/${lighting}`);
      return now === undefined || Math.abs(now - threshold) > 0.006;
    })
    .map(([station_id, deployment_id, lighting, threshold]) => ({ station_id, deployment_id, lighting, threshold }));
}
