import { useCallback, useEffect } from "preact/hooks";
import { Empty, Loading, Problem } from "../parts/notice";
import { useEvery, useLoaded } from "../service/use_loaded";
import { Ago } from "../time/moment";
import { Balance } from "./balance";
import { Changes } from "./changes";
import type { Work } from "./contract";
import { words } from "./phrases";
import { tuning } from "./service";
import { ThresholdTable } from "./threshold_table";

/** Precision and recall of each camera and light, and one slider for all of them. */
export function ThresholdsScreen({ now }: { now: number }) {
  const { content, problem, reload } = useLoaded(tuning.thresholds);
  const changes = useLoaded(tuning.changes);
  const running = content?.work?.is_running ?? false;
  useEvery(running ? 2_000 : 60_000, reload);
  const again = useCallback(() => {
    reload();
    changes.reload();
  }, [reload, changes.reload]);
  useEffect(() => void (running || changes.reload()), [running]);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  return (
    <>
      <header class="screen-head">
        <h1>{words.title}</h1>
        <Freshness work={content.work} now={now} refreshed={reload} />
        {content.samples_to_label > 0 && (
          <a href="#/fleet/samples" data-testid="to-samples">
            {words.samplesWaiting(content.samples_to_label)}
          </a>
        )}
      </header>
      {content.places.length === 0 ? (
        <Empty title={words.empty} about={words.emptyAbout} />
      ) : (
        <>
          <p class="quiet lead">{words.about}</p>
          <Balance key={content.work?.done_at} choices={content.balance} places={content.places} applied={again} />
          <ThresholdTable places={content.places} />
          {content.places.some(({ is_sampled }) => !is_sampled) && <p class="quiet small">* {words.ofTold}</p>}
        </>
      )}
      {changes.content !== null && <Changes changes={changes.content} now={now} reload={again} />}
    </>
  );
}

function Freshness({ work, now, refreshed }: { work: Work | null; now: number; refreshed(): void }) {
  return (
    <>
      <p class="quiet" role="status" data-testid="threshold-work">
        {work?.is_running ? (
          words.running(work.step)
        ) : work?.problem ? (
          <span class="trouble">{work.problem}</span>
        ) : (
          work?.done_at && (
            <>
              {words.asOf} <Ago at={work.done_at} now={now} />
            </>
          )
        )}
      </p>
      <button
        type="button"
        disabled={work?.is_running ?? false}
        data-testid="refresh-thresholds"
        onClick={() => void tuning.refresh().then(refreshed)}
      >
        {words.refresh}
      </button>
    </>
  );
}
