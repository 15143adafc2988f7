import type { Point } from "./contract";
import { words } from "./phrases";
import { DAYS_PER_MONTH, rate } from "./rules";

const WIDE = 560;
const HIGH = 220;
const LEFT = 46;
const BOTTOM = 34;

/** False alarms (and their bound) and missed passages by threshold; the chosen one as a line. */
export function CurveChart({ points, chosen, allowed }: { points: Point[]; chosen: number; allowed: number }) {
  const top = Math.max(allowed * 3, ...points.map((p) => Math.min(p.missed_per_day, allowed * 10))) * DAYS_PER_MONTH;
  const x = (threshold: number) => LEFT + (threshold * (WIDE - LEFT - 10));
  const y = (perDay: number) => HIGH - BOTTOM - (Math.min(perDay * DAYS_PER_MONTH, top) / top) * (HIGH - BOTTOM - 12);
  const line = (of: (point: Point) => number) =>
    points.map((point, index) => `${index ? "L" : "M"}${x(point.threshold).toFixed(1)} ${y(of(point)).toFixed(1)}`).join("");
  return (
    <figure class="chart">
      <figcaption>{words.chart}</figcaption>
      <svg viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={words.chart}>
        <path class="axis" d={`M${LEFT} 8V${HIGH - BOTTOM}H${WIDE - 8}`} />
        {[0.2, 0.4, 0.6, 0.8].map((tick) => (
          <text key={tick} x={x(tick)} y={HIGH - BOTTOM + 16} text-anchor="middle">{tick.toFixed(1)}</text>
        ))}
        {[0, 0.5, 1].map((part) => (
          <text key={part} x={LEFT - 6} y={y((part * top) / DAYS_PER_MONTH) + 4} text-anchor="end">{rate(part * top)}</text>
        ))}
        <path class="allowed" d={`M${LEFT} ${y(allowed)}H${WIDE - 8}`} />
        <path class="bound" d={line((p) => p.false_per_day_at_most)} />
        <path class="false" d={line((p) => p.false_per_day)} />
        <path class="missed" d={line((p) => p.missed_per_day)} />
        <path class="chosen" d={`M${x(chosen)} 8V${HIGH - BOTTOM}`} />
      </svg>
      <ul class="legend">
        <li class="false">{words.falseAlarms}</li>
        <li class="bound">{words.surely("")}</li>
        <li class="missed">{words.missed}</li>
        <li class="allowed">{words.promise.split(":")[0]}</li>
      </ul>
    </figure>
  );
}

/** What was seen, by score. */
export function ScoreHistogram({
  scores,
  chosen,
}: {
  scores: { elephant: number[]; other: number[]; unknown: number[] };
  chosen: number;
}) {
  const kinds = ["other", "unknown", "elephant"] as const;
  const bins = scores.elephant.length;
  const totals = scores.elephant.map((_, bin) => kinds.reduce((sum, kind) => sum + (scores[kind][bin] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const step = (WIDE - LEFT - 10) / bins;
  const high = 150;
  return (
    <figure class="chart">
      <figcaption>
        {words.histogram} <span class="quiet small">{words.histogramAbout}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDE} ${high + BOTTOM}`} role="img" aria-label={words.histogram}>
        {totals.map((_, bin) => {
          let at = high;
          return kinds.map((kind) => {
            const tall = (Math.sqrt((scores[kind][bin] ?? 0) / most)) * (high - 10);
            at -= tall;
            return <rect key={`${bin}${kind}`} class={kind} x={LEFT + bin * step + 1} y={at} width={step - 2} height={tall} />;
          });
        })}
        <path class="axis" d={`M${LEFT} 8V${high}H${WIDE - 8}`} />
        {[0.2, 0.4, 0.6, 0.8].map((tick) => (
          <text key={tick} x={LEFT + tick * (WIDE - LEFT - 10)} y={high + 16} text-anchor="middle">{tick.toFixed(1)}</text>
        ))}
        <path class="chosen" d={`M${LEFT + chosen * (WIDE - LEFT - 10)} 8V${high}`} />
      </svg>
      <ul class="legend">
        {kinds.map((kind) => (
          <li key={kind} class={kind}>{words[kind]}</li>
        ))}
      </ul>
    </figure>
  );
}
