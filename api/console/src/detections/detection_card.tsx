import { DetectionBadges, LateBadge } from "../parts/badges";
import { phrases } from "../phrases";
import type { Detection } from "../service/contract";
import { Moment } from "../time/moment";
import { Evidence } from "./evidence";
import { bestConfidence, confidenceText, summary } from "./rules";

interface DetectionCardProps {
  detection: Detection;
  now: number;
  open(id: string): void;
}

/** One detection in the grid; the whole card opens it large. */
export function DetectionCard({ detection, now, open }: DetectionCardProps) {
  const what = summary(detection.animals, detection.threshold);
  const station = detection.station.name;
  return (
    <li class="card" data-testid="detection-card" data-detection-id={detection.id}>
      <button type="button" class="card-open" onClick={() => open(detection.id)}>
        <span class="unseen">{phrases.detections.open(what, station)}</span>
        <Evidence
          url={detection.media_url}
          animals={detection.animals}
          alt={phrases.detections.picture(what, station)}
        />
      </button>
      <div class="card-text">
        <p class="card-title">
          <strong>{what}</strong>
          <span class="number">{confidenceText(bestConfidence(detection.animals))}</span>
          <span class="badges">
            <DetectionBadges detection={detection} />
          </span>
        </p>
        <p class="card-station">
          <span>
            {station} <span class="quiet">{detection.deployment_id}</span>
          </span>
          <LateBadge detection={detection} />
        </p>
        <p>
          <Moment at={detection.captured_at} now={now} />
        </p>
        <p class="quiet small">
          {phrases.lighting[detection.lighting] ?? detection.lighting} · {detection.release} ·{" "}
          {phrases.detections.threshold} {confidenceText(detection.threshold)}
        </p>
      </div>
    </li>
  );
}
