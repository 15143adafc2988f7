import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { phrases } from "../phrases";
import type { Detection } from "../service/contract";
import { Evidence } from "./evidence";
import { Particulars } from "./particulars";
import { summary } from "./rules";

interface ViewerProps {
  detections: Detection[];
  openId: string;
  now: number;
  go(id: string): void;
  close(): void;
  /** The last of the list is in sight: fetch older ones. */
  nearEnd(): void;
}

/** One detection large; the arrow keys step through the list, Esc closes. */
export function Viewer({ detections, openId, now, go, close, nearEnd }: ViewerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [boxes, setBoxes] = useState(true);
  const index = detections.findIndex(({ id }) => id === openId);
  const detection = detections[index];
  const newer = detections[index - 1];
  const older = detections[index + 1];

  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => opener instanceof HTMLElement && opener.focus();
  }, []);
  useEffect(() => {
    if (index >= detections.length - 3) nearEnd();
    preload(older?.media_url);
  }, [openId, detections.length]);

  // Keys may come faster than the page is drawn, so where we are is remembered beside what is drawn.
  const here = useRef(openId);
  here.current = openId;

  function step(by: number): void {
    const next = detections[detections.findIndex(({ id }) => id === here.current) + by];
    if (next === undefined) return;
    here.current = next.id;
    go(next.id);
  }

  function pressed(event: KeyboardEvent): void {
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key.toLowerCase() === "b") setBoxes((shown) => !shown);
    else return;
    event.preventDefault();
  }

  // On the window: a button that was just switched off has lost the focus to the page's body.
  useLayoutEffect(() => {
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });

  if (detection === undefined) return null;
  const what = summary(detection.animals, detection.threshold);
  return (
    <dialog
      ref={dialog}
      class="viewer"
      aria-labelledby="viewer-title"
      data-testid="viewer"
      data-detection-id={detection.id}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="viewer-picture">
        <Evidence
          url={detection.media_url}
          animals={detection.animals}
          alt={phrases.detections.picture(what, detection.station.name)}
          boxes={boxes}
          labelSize={0.022}
        />
      </div>
      <aside class="viewer-side">
        <header>
          <h2 id="viewer-title" aria-live="polite">
            {what}
            <span class="quiet"> · {detection.station.name}</span>
          </h2>
          <button type="button" onClick={close} data-testid="viewer-close">
            {phrases.viewer.close}
          </button>
        </header>
        <Particulars detection={detection} now={now} />
        <footer>
          <div class="steps">
            <button type="button" disabled={!newer} onClick={() => step(-1)} data-testid="viewer-newer">
              ← {phrases.viewer.previous}
            </button>
            <span class="number" data-testid="viewer-position">
              {phrases.viewer.position(index + 1, detections.length)}
            </span>
            <button type="button" disabled={!older} onClick={() => step(1)} data-testid="viewer-older">
              {phrases.viewer.next} →
            </button>
          </div>
          <label class="check">
            <input type="checkbox" checked={boxes} onChange={() => setBoxes(!boxes)} data-testid="viewer-boxes" />
            {phrases.viewer.boxes}
          </label>
          <p class="quiet small">{phrases.viewer.keys}</p>
        </footer>
      </aside>
    </dialog>
  );
}

/** The next picture is there before the key is pressed. */
function preload(url: string | null | undefined): void {
  if (url) new Image().src = url;
}
