import { phrases } from "../phrases";
import type { PlaceSummary } from "./contract";
import { words } from "./phrases";
import { interval, rate } from "./rules";

/** Every camera in every light, with what its threshold does now. */
export function ThresholdTable({ places }: { places: PlaceSummary[] }) {
  const about = words.columnsAbout as Record<string, string>;
  return (
    <div class="table-frame" tabIndex={0}>
      <table data-testid="thresholds">
        <thead>
          <tr>
            {Object.entries(words.columns).map(([key, name]) => (
              <th key={key} scope="col" title={about[key]} class={TEXT.has(key) ? undefined : "number"}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((place) => (
            <PlaceRow key={`${place.station.id}/${place.deployment_id}/${place.lighting}`} place={place} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TEXT = new Set(["camera", "light"]);

function PlaceRow({ place }: { place: PlaceSummary }) {
  const light = phrases.lighting[place.lighting] ?? place.lighting;
  return (
    <tr data-testid="threshold-row">
      <th scope="row">
        <a
          href={address(place)}
          aria-label={words.open(place.deployment_id, light)}
        >
          {place.deployment_id}
        </a>
        <span class="quiet small">{place.station.name}</span>
      </th>
      <td>{light}</td>
      <td class="number">{place.now.toFixed(2)}</td>
      <td class="number">{place.days.toFixed(0)}</td>
      <td class="number">
        {place.reviewed} / {place.events + place.samples}
      </td>
      <td class="number">{interval(place.precision)}</td>
      <td class="number" title={place.is_sampled ? undefined : words.ofTold}>
        {interval(place.recall)}
        {!place.is_sampled && place.recall?.[0] != null && " *"}
      </td>
      <td class="number">
        {rate(place.false_per_month)}{" "}
        <span class="quiet">{words.atMost(rate(place.false_per_month_at_most))}</span>
      </td>
      <td class="number">
        <Recommended place={place} />
      </td>
    </tr>
  );
}

function Recommended({ place }: { place: PlaceSummary }) {
  return (
    <>
      {place.recommended === null ? (
        <span class="quiet" title={words.missingDaysAbout(place.days_missing, 50)}>
          {words.missingDays(place.days_missing)}
        </span>
      ) : (
        <strong>{Math.abs(place.recommended - place.now) < 0.006 ? words.asItIs : place.recommended.toFixed(2)}</strong>
      )}
      {place.spots > 0 && <span class="small spot-count">{words.spots(place.spots)}</span>}
    </>
  );
}

export function address(place: Pick<PlaceSummary, "station" | "deployment_id" | "lighting">): string {
  const parts = [String(place.station.id), place.deployment_id, place.lighting].map(encodeURIComponent);
  return `#/fleet/thresholds/${parts.join("/")}`;
}
