import type { Activity, History, Moon, Season, Weeks } from "./contract";
import { findingsPhrases as words } from "./phrases";
import { niceTop } from "./scales";

export const HUES = ["#1d7a46", "#2563a8", "#a85b00", "#6b3fa0"];

export type Split = "none" | "moon" | "season";

interface Series {
  name: string;
  hours: number[];
}

/** Bars of all events, or one line for each part of them. */
export function ActivityChart({ activity, split }: { activity: Activity; split: Split }) {
  const series = seriesOf(activity, split);
  const top = niceTop(Math.max(...series.flatMap(({ hours }) => hours), 1));
  const [width, height, left, bottom] = [760, 260, 44, 34];
  const x = (hour: number) => left + ((width - left - 8) * hour) / 24;
  const y = (events: number) => (height - bottom) * (1 - events / top) + 6;
  return (
    <figure>
      <svg viewBox={`0 0 ${width} ${height + 10}`} role="img" aria-label={words.activity} class="chart">
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line class="rule" x1={left} x2={width - 8} y1={y(top * share)} y2={y(top * share)} />
            <text class="tick end" x={left - 6} y={y(top * share) + 4}>
              {Math.round(top * share * 10) / 10}
            </text>
          </g>
        ))}
        {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
          <text key={hour} class="tick" x={x(hour + 0.5)} y={height - 8}>
            {hour}
          </text>
        ))}
        {series.length === 1
          ? series[0]?.hours.map((events, hour) => (
              <rect
                key={hour}
                class="bar"
                x={x(hour) + 2}
                width={x(1) - x(0) - 4}
                y={y(events)}
                height={y(0) - y(events)}
              >
                <title>{`${hour}:00: ${events}`}</title>
              </rect>
            ))
          : series.map(({ name, hours }, index) => (
              <polyline
                key={name}
                class="series"
                stroke={HUES[index % HUES.length]}
                stroke-dasharray={index === 0 ? undefined : `${index * 4} 3`}
                points={hours.map((events, hour) => `${x(hour + 0.5)},${y(events)}`).join(" ")}
              />
            ))}
      </svg>
      {series.length > 1 && (
        <figcaption class="keys">
          {series.map(({ name }, index) => (
            <span key={name}>
              <svg width="26" height="8" aria-hidden="true">
                <line
                  x1="0"
                  x2="26"
                  y1="4"
                  y2="4"
                  stroke={HUES[index % HUES.length]}
                  stroke-width="3"
                  stroke-dasharray={index === 0 ? undefined : `${index * 4} 3`}
                />
              </svg>{" "}
              {name}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

function seriesOf({ hours, by_moon, by_season }: Activity, split: Split): Series[] {
  if (split === "moon") {
    return Object.entries(by_moon).map(([moon, counts]) => ({ name: words.moons[moon as Moon], hours: counts }));
  }
  if (split === "season") {
    return Object.entries(by_season).map(([season, counts]) => ({
      name: words.seasons[season as Season],
      hours: counts,
    }));
  }
  return [{ name: words.allEvents, hours }];
}

/** One row per camera, one cell per week. */
export function WeeksChart({ weeks }: { weeks: Weeks }) {
  const most = Math.max(1, ...weeks.cameras.flatMap(({ counts }) => counts));
  return (
    <Grid
      name={words.weeks}
      columns={weeks.weeks}
      rows={weeks.cameras.map(({ camera, counts }) => ({
        name: camera,
        cells: counts.map((events, index) => ({
          shade: events === 0 ? 0 : 0.18 + (0.82 * events) / most,
          about: words.cell(camera, weeks.weeks[index] ?? "", events),
        })),
      }))}
    />
  );
}

/** One row per camera, one cell per occasion. */
export function HistoryChart({ history }: { history: History }) {
  const days = history.cameras[0]?.seen.map((_, index) => {
    const at = new Date(`${history.first_day}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + index * history.occasion_days);
    return at.toISOString().slice(0, 10);
  });
  return (
    <Grid
      name={words.history}
      columns={days ?? []}
      rows={history.cameras.map(({ camera, seen }) => ({
        name: camera,
        cells: seen.map((one, index) => ({
          shade: one === 1 ? 1 : one === 0 ? 0 : null,
          about: `${camera}, ${days?.[index]}: ${one === 1 ? words.seen : one === 0 ? words.unseen : words.absent}`,
        })),
      }))}
    />
  );
}

interface GridRow {
  name: string;
  cells: { shade: number | null; about: string }[];
}

function Grid({ name, columns, rows }: { name: string; columns: string[]; rows: GridRow[] }) {
  const [left, row, top] = [170, 20, 20];
  const column = Math.max(5, Math.min(26, 590 / Math.max(1, columns.length)));
  const width = left + column * columns.length + 8;
  const every = Math.max(1, Math.ceil(90 / column));
  return (
    <div class="grid-frame" tabIndex={0} role="group" aria-label={name}>
      <svg
        width={width}
        height={top + row * rows.length + 4}
        role="img"
        aria-label={name}
        class="chart grid"
      >
        {columns.map(
          (label, index) =>
            index % every === 0 && (
              <text key={label} class="tick start" x={left + column * index} y={13}>
                {label}
              </text>
            ),
        )}
        {rows.map(({ name: camera, cells }, line) => (
          <g key={camera}>
            <text class="tick end" x={left - 8} y={top + row * line + 14}>
              {camera.length > 24 ? `${camera.slice(0, 23)}…` : camera}
            </text>
            {cells.map(({ shade, about }, index) => (
              <rect
                key={index}
                class={shade === null ? "absent" : shade === 0 ? "none" : "some"}
                fill-opacity={shade ?? undefined}
                x={left + column * index}
                y={top + row * line}
                width={column - 1}
                height={row - 2}
              >
                <title>{about}</title>
              </rect>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}
