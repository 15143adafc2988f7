import { phrases } from "../phrases";
import type { Detection } from "../service/contract";
import type { Filters } from "./rules";

interface FilterBarProps {
  filters: Filters;
  detections: Detection[];
  shown: number;
  change(filters: Filters): void;
}

/** Which of the loaded detections are shown. */
export function FilterBar({ filters, detections, shown, change }: FilterBarProps) {
  const stations = new Map(detections.map(({ station }) => [String(station.id), station.name]));
  const lightings = new Set(detections.map(({ lighting }) => lighting));
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} data-testid="filters">
      <Choice
        label={phrases.detections.station}
        value={filters.stationId}
        options={[["", phrases.detections.any], ...stations]}
        choose={(stationId) => change({ ...filters, stationId })}
      />
      <Choice
        label={phrases.detections.lighting}
        value={filters.lighting}
        options={[
          ["", phrases.detections.any],
          ...[...lightings].map((name): Option => [name, phrases.lighting[name] ?? name]),
        ]}
        choose={(lighting) => change({ ...filters, lighting })}
      />
      <Choice
        label={phrases.detections.kind}
        value={filters.kind}
        options={[
          ["any", phrases.detections.any],
          ["real", phrases.detections.realOnly],
          ["drill", phrases.detections.drillsOnly],
        ]}
        choose={(kind) => change({ ...filters, kind: kind as Filters["kind"] })}
      />
      <span class="quiet" role="status" data-testid="detections-count">
        {phrases.detections.newest(shown, detections.length)}
      </span>
    </form>
  );
}

type Option = [value: string, text: string];

interface ChoiceProps {
  label: string;
  value: string;
  options: Option[];
  choose(value: string): void;
}

function Choice({ label, value, options, choose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select aria-label={label} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
