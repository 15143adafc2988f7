import { useEffect, useRef, useState } from "preact/hooks";
import { ROOT, service } from "../../service/client";
import type { Geofences } from "../../service/contract";
import { reaches, useSession } from "../../session/session_context";
import { kindName } from "../zones";
import type { SiteView } from "../site_view";
import type { Fence } from "./contract";
import { FenceForm } from "./fence_form";
import { type Draft, type Shape, draftOf, featureOf, newDraft } from "./rules";
import type { Sketch } from "./sketch";
import { words } from "./words";

interface FencePanelProps {
  geofences: Geofences;
  view: SiteView | null;
  changed(): void;
}

/** The site's geofences; operators draw, change, import and remove them. */
export function FencePanel({ geofences, view, changed }: FencePanelProps) {
  const { person } = useSession();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [news, setNews] = useState<string | null>(null);
  const sketch = useRef<Sketch | null>(null);
  const mayDraw = reaches(person.role, "operator");

  const change = (part: Partial<Draft>) => setDraft((known) => known && { ...known, ...part });
  const stop = () => {
    sketch.current?.remove();
    sketch.current = null;
    setDraft(null);
    setProblem(null);
  };
  useEffect(() => stop, [view]);

  const start = (wanted: Draft) => {
    if (view === null) return;
    stop();
    setNews(null);
    sketch.current = view.sketch(wanted.shape, (corners) => change({ corners }), stop);
    sketch.current.show(wanted.corners);
    sketch.current.focus();
    setDraft(wanted);
  };
  const tried = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      changed();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  const save = () =>
    tried(async () => {
      if (draft === null) return;
      await service.putGeofences(featureOf(draft));
      stop();
    });
  const remove = () =>
    tried(async () => {
      if (draft?.id == null) return;
      await service.removeGeofence(draft.id);
      stop();
    });
  const read = (file: File | undefined) =>
    tried(async () => {
      if (file === undefined) return;
      const known = await service.putGeofences(parsed(await file.text()));
      setNews(words.imported(known.features.length));
    });

  return (
    <section aria-labelledby="fences-title" class="fence-panel">
      <h2 id="fences-title">{words.title}</h2>
      {draft === null && <List geofences={geofences} mayDraw={mayDraw} start={start} />}
      {draft === null && mayDraw && (
        <>
          <div class="fence-pair">
            {(["Polygon", "LineString"] as Shape[]).map((shape) => (
              <button key={shape} type="button" data-testid={`draw-${shape}`} onClick={() => start(newDraft(shape))}>
                {shape === "Polygon" ? words.area : words.line}
              </button>
            ))}
          </div>
          <label class="fence-file">
            {words.import}
            <input
              type="file"
              accept=".geojson,.json,application/geo+json"
              data-testid="fence-import"
              onChange={({ currentTarget }) => {
                void read(currentTarget.files?.[0]);
                currentTarget.value = "";
              }}
            />
          </label>
          {problem !== null && (
            <p role="alert" class="fence-problem" data-testid="fence-problem">
              {problem}
            </p>
          )}
          {news !== null && <p role="status">{news}</p>}
        </>
      )}
      {draft === null && geofences.features.length > 0 && (
        <a href={`${ROOT}/geofences`} download="geofences.geojson">
          {words.export}
        </a>
      )}
      {draft !== null && (
        <FenceForm
          draft={draft}
          busy={busy}
          problem={problem}
          change={(part) => {
            // The sketch may be ahead of what is rendered: it is told of no corners but the form's.
            if (part.corners) sketch.current?.show(part.corners);
            change(part);
          }}
          save={() => void save()}
          cancel={stop}
          remove={() => void remove()}
        />
      )}
    </section>
  );
}

interface ListProps {
  geofences: Geofences;
  mayDraw: boolean;
  start(draft: Draft): void;
}

function List({ geofences, mayDraw, start }: ListProps) {
  return (
    <ul class="plain-list">
      {geofences.features.map((feature) => {
        const { id, name, kind } = feature.properties;
        const draft = mayDraw ? draftOf(feature as Fence) : null;
        return (
          <li key={id}>
            {draft === null ? (
              <span title={mayDraw ? words.inParts : undefined}>{name}</span>
            ) : (
              <button type="button" class="place" aria-label={words.edit(name)} onClick={() => start(draft)}>
                {name}
              </button>
            )}{" "}
            <span class="quiet small">{kindName(kind)}</span>
          </li>
        );
      })}
    </ul>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(words.notJson);
  }
}
