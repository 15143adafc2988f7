import { useState } from "preact/hooks";
import { Empty, Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import { DetectionCard } from "./detection_card";
import { FilterBar } from "./filter_bar";
import { NO_FILTERS, matches, summary } from "./rules";
import type { Detections } from "./use_detections";
import { Viewer } from "./viewer";

/** The newest detections as a wall of pictures; one of them large when opened. */
export function DetectionsScreen({ detections, now }: { detections: Detections; now: number }) {
  const [filters, setFilters] = useState(NO_FILTERS);
  const [openId, setOpenId] = useState<string | null>(null);
  const { content, problem, reload, newest } = detections;
  if (content === null) {
    return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  }
  if (content.detections.length === 0) {
    return <Empty title={phrases.detections.empty} about={phrases.detections.emptyAbout} />;
  }
  const shown = content.detections.filter((detection) => matches(detection, filters));
  return (
    <section class="screen" aria-label={phrases.tabs.detections}>
      <h1 class="unseen">{phrases.tabs.detections}</h1>
      <FilterBar
        filters={filters}
        detections={content.detections}
        shown={shown.length}
        change={setFilters}
      />
      <p class="unseen" aria-live="polite">
        {newest && phrases.detections.arrived(summary(newest.animals), newest.station.name)}
      </p>
      {shown.length === 0 && (
        <Empty title={phrases.detections.noMatch} about={phrases.detections.noMatchAbout} />
      )}
      <ul class="wall" data-testid="detections">
        {shown.map((detection) => (
          <DetectionCard key={detection.id} detection={detection} now={now} open={setOpenId} />
        ))}
      </ul>
      <More detections={detections} />
      {openId !== null && (
        <Viewer
          detections={shown}
          openId={openId}
          now={now}
          go={setOpenId}
          close={() => setOpenId(null)}
          nearEnd={detections.loadMore}
        />
      )}
    </section>
  );
}

function More({ detections }: { detections: Detections }) {
  const { content, loadMore, moreBusy, moreProblem } = detections;
  if (!content?.next) return <p class="more quiet">{phrases.detections.all}</p>;
  return (
    <div class="more">
      {moreProblem !== null && <p role="alert">{moreProblem}</p>}
      <button type="button" onClick={loadMore} disabled={moreBusy} data-testid="load-more">
        {moreBusy ? phrases.detections.moreBusy : phrases.detections.more}
      </button>
    </div>
  );
}
