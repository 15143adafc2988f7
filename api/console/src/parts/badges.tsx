import { phrases } from "../phrases";
import type { Detection } from "../service/contract";
import { duration, secondsBetween } from "../time/moments";

const LATE_AFTER_S = 120;

export function DrillBadge() {
  return (
    <span class="badge drill" title={phrases.badge.drillAbout} data-testid="badge-drill">
      {phrases.badge.drill}
    </span>
  );
}

/** What is unusual about a detection: a drill, or too old to ring. */
export function DetectionBadges({ detection }: { detection: Detection }) {
  return (
    <>
      {detection.simulated && <DrillBadge />}
      {detection.historical && (
        <span class="badge historical" title={phrases.badge.historicalAbout} data-testid="badge-historical">
          {phrases.badge.historical}
        </span>
      )}
    </>
  );
}

/** How long a detection was under way, where that was long. */
export function LateBadge({ detection }: { detection: Detection }) {
  const waitS = secondsBetween(detection.captured_at, detection.received_at);
  if (waitS <= LATE_AFTER_S) return null;
  return (
    <span class="badge late" title={phrases.badge.lateAbout} data-testid="badge-late">
      {phrases.badge.late(duration(waitS))}
    </span>
  );
}
