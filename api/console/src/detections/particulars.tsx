import type { ComponentChildren } from "preact";
import { DetectionBadges, LateBadge } from "../parts/badges";
import { phrases } from "../phrases";
import type { Detection, Id, SeenAnimal } from "../service/contract";
import { Moment } from "../time/moment";
import { duration, secondsBetween } from "../time/moments";
import { confidenceText } from "./rules";

const words = phrases.viewer;

/** Everything known about one detection. */
export function Particulars({ detection, now }: { detection: Detection; now: number }) {
  const wait = duration(secondsBetween(detection.captured_at, detection.received_at));
  return (
    <>
      <p class="badges">
        <DetectionBadges detection={detection} />
        <LateBadge detection={detection} />
      </p>
      <SeenTable animals={detection.animals} threshold={detection.threshold} />
      <dl class="particulars">
        <Item name={words.captured}>
          <Moment at={detection.captured_at} now={now} />
        </Item>
        <Item name={words.received}>{wait === "now" ? words.atOnce : words.afterwards(wait)}</Item>
        <Item name={words.station}>{detection.station.name}</Item>
        <Item name={words.deployment}>{detection.deployment_id}</Item>
        <Item name={words.lighting}>{phrases.lighting[detection.lighting] ?? detection.lighting}</Item>
        <Item name={words.release}>{detection.release}</Item>
        <Item name={words.threshold}>{confidenceText(detection.threshold)}</Item>
        <Item name={words.revision}>{detection.revision}</Item>
        <Item name={words.event}>
          <Id id={detection.event_id} />
        </Item>
        <Item name={words.herd}>
          <Id id={detection.herd_id} />
        </Item>
        <Item name={words.id}>
          <Id id={detection.id} />
        </Item>
      </dl>
    </>
  );
}

function Item({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Id({ id }: { id: Id | null }) {
  return id === null ? <span class="quiet">{words.none}</span> : <code>{id}</code>;
}

function SeenTable({ animals, threshold }: { animals: SeenAnimal[]; threshold: number }) {
  return (
    <table class="seen">
      <caption>{words.seen}</caption>
      <thead>
        <tr>
          <th scope="col">{words.label}</th>
          <th scope="col" class="number">{words.confidence}</th>
          <th scope="col">
            <span class="unseen">{words.notes}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {animals.map((animal, index) => (
          <tr key={index}>
            <td>
              <span class={`swatch ${animal.label}`} /> {animal.label}
            </td>
            <td class="number">{confidenceText(animal.confidence)}</td>
            <td class="quiet small">{notes(animal, threshold)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function notes(animal: SeenAnimal, threshold: number): string {
  const found: string[] = [];
  if (animal.label === "elephant" && animal.confidence < threshold) found.push(words.below);
  if (animal.touches_edge) found.push(phrases.badge.edge);
  return found.join(", ");
}
