/** How detections are merged, named and filtered. Pure. */
import { howMany } from "../phrases";
import type { Detection, SeenAnimal } from "../service/contract";

/** Add detections, newest first; of one sighting the highest revision stays. */
export function merged(known: Detection[], more: Detection[]): Detection[] {
  const byId = new Map(known.map((detection) => [detection.id, detection]));
  for (const detection of more) {
    const present = byId.get(detection.id);
    if (present === undefined || present.revision <= detection.revision) {
      byId.set(detection.id, detection);
    }
  }
  return [...byId.values()].sort(newestFirst);
}

function newestFirst(one: Detection, other: Detection): number {
  const apart = Date.parse(other.captured_at) - Date.parse(one.captured_at);
  return apart !== 0 ? apart : other.id.localeCompare(one.id);
}

/** "2 elephants, 1 person": what the network says is there; elephants count from the threshold on. */
export function summary(animals: SeenAnimal[], threshold = 0): string {
  const counts = new Map<string, number>();
  for (const { label, confidence } of animals) {
    if (label === "elephant" && confidence < threshold) continue;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const labels = [...counts.keys()].sort((one, other) => rank(one) - rank(other));
  return labels.map((label) => howMany(label, counts.get(label) ?? 0)).join(", ");
}

function rank(label: string): number {
  return label === "elephant" ? 0 : 1;
}

export function bestConfidence(animals: SeenAnimal[]): number {
  const elephants = animals.filter(({ label }) => label === "elephant");
  return Math.max(0, ...(elephants.length > 0 ? elephants : animals).map((animal) => animal.confidence));
}

/** ".91": as a detector's confidence is written. */
export function confidenceText(confidence: number): string {
  return confidence.toFixed(2).replace(/^0/, "");
}

export interface Filters {
  stationId: string;
  lighting: string;
  kind: "any" | "real" | "drill";
}

export const NO_FILTERS: Filters = { stationId: "", lighting: "", kind: "any" };

export function matches(detection: Detection, filters: Filters): boolean {
  if (filters.stationId && String(detection.station.id) !== filters.stationId) return false;
  if (filters.lighting && detection.lighting !== filters.lighting) return false;
  return filters.kind === "any" || detection.simulated === (filters.kind === "drill");
}
