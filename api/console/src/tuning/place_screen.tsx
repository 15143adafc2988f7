import { useCallback, useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import { useLoaded } from "../service/use_loaded";
import { Changes } from "./changes";
import type { PlaceReport, Spot } from "./contract";
import { CurveChart, ScoreHistogram } from "./curve_chart";
import { words } from "./phrases";
import { DAYS_PER_MONTH, interval, keeping, nearest, oneIn, rate } from "./rules";
import { tuning } from "./service";

interface Where {
  station: string;
  deployment: string;
  lighting: string;
}

/** One camera in one light: its curve, a threshold to choose, masks to offer. */
export function PlaceScreen({ station, deployment, lighting, now }: Where & { now: number }) {
  const load = useCallback(() => tuning.place(station, deployment, lighting), [station, deployment, lighting]);
  const { content, problem, reload } = useLoaded(load);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  return <Place key={content.place.as_of} content={content} now={now} reload={reload} />;
}

function Place({ content, now, reload }: { content: PlaceReport; now: number; reload(): void }) {
  const { place, report } = content;
  const [oneInDays, setOneInDays] = useState(50);
  const [chosen, setChosen] = useState(place.recommended ?? place.now);
  const [said, setSaid] = useState<string | null>(null);
  const light = phrases.lighting[place.lighting] ?? place.lighting;
  const kept = keeping(report.points, oneInDays);
  const point = nearest(report.points, chosen);

  async function apply(change: { threshold?: number; mask?: [number, number][] }) {
    const where = { station_id: String(place.station.id), deployment_id: place.deployment_id, lighting: place.lighting };
    try {
      await tuning.apply([{ ...where, ...change }], oneInDays);
      setSaid(words.applied(1));
      reload();
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <>
      <header class="screen-head">
        <h1>
          {place.deployment_id}, {light}
        </h1>
        <p class="quiet">
          {place.station.name} · {place.days.toFixed(0)} {words.days} · {place.reviewed} / {place.events + place.samples}
        </p>
        <a href="#/fleet/thresholds">{words.back}</a>
      </header>
      <div class="two-columns">
        <section class="panel" aria-labelledby="choose-title">
          <h2 id="choose-title">{words.chosen}</h2>
          <label class="wide-label inline">
            {words.promise}
            <input
              type="number"
              min={1}
              max={1000}
              value={oneInDays}
              data-testid="promise-days"
              onInput={(event) => setOneInDays(Math.max(1, Number(event.currentTarget.value) || 1))}
            />
            {words.days}, {words.certainty}
          </label>
          <p data-testid="recommended">
            {kept === null ? (
              <span class="trouble">{words.missingDaysAbout(place.days_missing, oneInDays)}</span>
            ) : (
              <button type="button" onClick={() => setChosen(kept.threshold)}>
                {words.recommend}: {kept.threshold.toFixed(2)}
              </button>
            )}
          </p>
          <label class="wide-label">
            {words.chosenFor(chosen)}
            <input
              type="range"
              min={report.points[0]?.threshold ?? 0.05}
              max={0.95}
              step={0.01}
              value={chosen}
              data-testid="threshold-slider"
              onInput={(event) => setChosen(Number(event.currentTarget.value))}
            />
          </label>
          {point && (
            <dl class="particulars" data-testid="chosen-means">
              <dt>{words.falseAlarms}</dt>
              <dd>
                {words.perMonth(rate(point.false_per_day * DAYS_PER_MONTH))}, {words.surely(oneIn(point.false_per_day_at_most))}
              </dd>
              <dt>{words.missed}</dt>
              <dd>{report.is_sampled ? words.perMonth(rate(point.missed_per_day * DAYS_PER_MONTH)) : words.unknownMissed}</dd>
              <dt>{words.precision}</dt>
              <dd>{interval(point.precision)}</dd>
              <dt>{words.recall}</dt>
              <dd>
                {interval(point.recall)} {!report.is_sampled && <span class="quiet small">{words.ofTold}</span>}
              </dd>
            </dl>
          )}
          <p class="actions">
            <button
              type="button"
              class="primary"
              data-testid="apply-threshold"
              disabled={Math.abs(chosen - place.now) < 0.006}
              onClick={() => void apply({ threshold: chosen })}
            >
              {words.apply}
            </button>
            <span role="status" data-testid="applied">{said}</span>
          </p>
        </section>
        <section class="panel" aria-label={words.chart}>
          <CurveChart points={report.points} chosen={chosen} allowed={1 / oneInDays} />
          <ScoreHistogram scores={report.scores} chosen={chosen} />
        </section>
      </div>
      <Masks spots={report.spots} mask={(corners) => void apply({ mask: corners })} />
      <Changes changes={content.changes} now={now} reload={reload} />
    </>
  );
}

function Masks({ spots, mask }: { spots: Spot[]; mask(corners: [number, number][]): void }) {
  return (
    <section class="panel masks" aria-labelledby="masks-title">
      <h2 id="masks-title">{words.masks}</h2>
      {spots.length === 0 ? (
        <p class="quiet">{words.noMasks}</p>
      ) : (
        <div class="mask-offer">
          <svg viewBox="0 0 400 300" class="view" role="img" aria-label={words.view}>
            {spots.map((spot, index) => (
              <g key={index}>
                <polygon points={spot.corners.map(([left, top]) => `${left * 400},${top * 300}`).join(" ")} />
                <text x={(spot.corners[0]?.[0] ?? 0) * 400} y={(spot.corners[0]?.[1] ?? 0) * 300 - 5}>{index + 1}</text>
              </g>
            ))}
          </svg>
          <ol class="spots">
            {spots.map((spot, index) => (
              <li key={index} data-testid="spot">
                <strong>{words.spot(spot.alarms, spot.days)}</strong>
                <p>{words.spotCost(spot.elephants_there, spot.elephants, spot.hides[2])}</p>
                <button type="button" onClick={() => mask(spot.corners)}>
                  {words.mask}
                </button>
              </li>
            ))}
            <li class="quiet small plain-item">{words.maskAbout}</li>
          </ol>
        </div>
      )}
    </section>
  );
}
