import type { Editing } from "./box_editing";
import type { DrawnBox, QueuedEvent } from "./contract";
import { reviewPhrases as words } from "./phrases";
import type { Reviewer } from "./reviewer";

interface StripProps {
  reviewer: Reviewer;
  event: QueuedEvent;
  editing: Editing | null;
  setEditing(next: Editing | DrawnBox[] | null): void;
}

/** Below the picture: the event's frames, how one goes through them, and the way back. */
export function Strip({ reviewer, event, editing, setEditing }: StripProps) {
  const chosen = editing?.boxes[editing.chosen];
  return (
    <div class="strip">
      <div class="strip-tools">
        <button type="button" onClick={() => void reviewer.undo()} data-testid="review-undo">
          <kbd>Z</kbd> {words.undo}
        </button>
        <button type="button" onClick={() => reviewer.skip()}>
          <kbd>S</kbd> {words.skip}
        </button>
        <button
          type="button"
          aria-pressed={reviewer.byFrame}
          data-testid="by-frame"
          onClick={() => reviewer.setByFrame(!reviewer.byFrame)}
        >
          <kbd>F</kbd> {words.byFrame}
        </button>
        <button
          type="button"
          aria-pressed={editing !== null}
          data-testid="edit-boxes"
          onClick={() => setEditing(editing === null ? reviewer.boxes : null)}
        >
          <kbd>B</kbd> {words.boxes}
        </button>
        <span class="quiet small" role="status" data-testid="strip-status">
          {editing === null
            ? words.frame(reviewer.frame + 1, event.frames.length)
            : chosen
              ? words.chosen(editing.chosen + 1, editing.boxes.length, words.boxLabels[chosen.label])
              : words.noBox}
        </span>
      </div>
      {editing !== null && <p class="quiet small">{words.boxesAbout}</p>}
      <ol class="frames">
        {event.frames.map((frame, index) => {
          const said = reviewer.draft.frames[frame.id];
          return (
            <li key={frame.id}>
              <button
                type="button"
                aria-current={index === reviewer.frame}
                aria-label={words.frame(index + 1, event.frames.length)}
                onClick={() => reviewer.step(index - reviewer.frame)}
              >
                {reviewer.rests && frame.media_url !== null && <img src={frame.media_url} alt="" loading="lazy" fetchpriority="low" />}
                {said && <span class="said">{words.decisions[said]}</span>}
              </button>
            </li>
          );
        })}
      </ol>
      {event.frames_left_out > 0 && <p class="quiet small">{words.leftOut(event.frames_left_out)}</p>}
    </div>
  );
}
