import { useEffect, useState } from "preact/hooks";
import { Evidence } from "../detections/evidence";
import { Empty, Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import { useLoaded } from "../service/use_loaded";
import { Moment } from "../time/moment";
import { words } from "./phrases";
import { tuning } from "./service";

const KEYS: Record<string, boolean | null> = { e: true, n: false, u: null };

/** Frames below the threshold, one key each: from the answers follows what is missed. */
export function SamplesScreen({ now }: { now: number }) {
  const { content, problem, reload } = useLoaded(tuning.samples);
  const [at, setAt] = useState(0);
  const [failed, setFailed] = useState<string | null>(null);
  const samples = content?.samples ?? [];
  const sample = samples[at];

  function say(isElephant: boolean | null): void {
    if (sample === undefined) return;
    const last = at + 1 >= samples.length;
    setAt(at + 1);
    tuning.labelSample(sample.id, isElephant).then(
      () => {
        setFailed(null);
        if (!last) return;
        reload();
        setAt(0);
      },
      (error: unknown) => {
        setFailed(error instanceof Error ? error.message : String(error));
        setAt(at);
      },
    );
  }

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
      const key = event.key.toLowerCase();
      if (key in KEYS) say(KEYS[key] ?? null);
      if (key === "z") setAt((present) => Math.max(present - 1, 0));
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });

  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  if (sample === undefined) return <Empty title={words.noSamples} about={words.noSamplesAbout} />;
  return (
    <>
      <header class="screen-head">
        <h1>{words.samples}</h1>
        <p class="quiet" role="status">{words.samplesWaiting(content.waiting - at)}</p>
        <a href="#/fleet/thresholds">{words.back}</a>
      </header>
      <p class="quiet lead">{words.samplesAbout}</p>
      {failed !== null && <p class="form-problem" role="alert">{failed}</p>}
      <div class="sample">
        <div class="sample-picture">
          <Evidence
            url={sample.media_url}
            alt={words.frame(sample.deployment_id)}
            animals={sample.boxes}
          />
        </div>
        <div class="panel">
          <p>
            <strong>{sample.deployment_id}</strong> {phrases.lighting[sample.lighting]}
          </p>
          <p><Moment at={sample.captured_at} now={now} /></p>
          <p class="quiet">
            {words.score} {sample.score.toFixed(2)} &lt; {sample.threshold.toFixed(2)}, {words.standsFor(sample.stands_for)}
          </p>
          <p class="actions stacked">
            <button type="button" data-testid="sample-elephant" onClick={() => say(true)}>{words.isElephant}</button>
            <button type="button" data-testid="sample-none" onClick={() => say(false)}>{words.isNone}</button>
            <button type="button" onClick={() => say(null)}>{words.isUnsure}</button>
            <button type="button" class="plain" disabled={at === 0} onClick={() => setAt(at - 1)}>{words.undo}</button>
          </p>
        </div>
      </div>
      {samples[at + 1] && <link rel="preload" as="image" href={samples[at + 1]?.media_url} />}
    </>
  );
}
