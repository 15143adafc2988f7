import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { summary } from "../detections/rules";
import { catalogue } from "../individuals/contract";
import { Empty, Loading, Problem } from "../parts/notice";
import type { Station } from "../service/contract";
import { type Editing, changed, editedBy } from "./box_editing";
import type { Size } from "./boxes";
import type { Individual, KeptLabel, QueuedEvent, Wish } from "./contract";
import { Help } from "./help";
import { type Action, actionOf } from "./keys";
import { useLikest } from "./likest";
import { reviewPhrases as words } from "./phrases";
import { Picture } from "./picture";
import { ReviewBar } from "./review_bar";
import { Reviewer } from "./reviewer";
import { reviewService } from "./service";
import { Side, changeCount, withGroup } from "./side";
import { Strip } from "./strip";

const FIRST_WISH: Wish = { order: "teaching", state: "open", station: null, drills: true };

/** One event after the other, one key each; everything that a mouse does a key does too. */
export function ReviewScreen({ stations }: { stations: Station[] }) {
  const reviewer = useReviewer();
  const individuals = useIndividuals();
  const others = useOthers(reviewer.event);
  const [helping, setHelping] = useState(false);
  const [settling, setSettling] = useState(false);
  const [said, setSaid] = useState("");
  const likest = useLikest(reviewer.shown?.id ?? null, setSaid);
  const [editing, setEditing] = useEditing(reviewer);
  const size = useRef<(Size & { url: string }) | null>(null);
  useEffect(() => {
    setSettling(false);
    setSaid("");
  }, [reviewer.event?.id]);

  function act(action: Action): void {
    switch (action.kind) {
      case "decide":
        return reviewer.decide(action.decision, settling);
      case "undo":
        return void reviewer.undo();
      case "skip":
        return reviewer.skip();
      case "frame":
        return reviewer.step(action.by);
      case "by_frame":
        return reviewer.setByFrame(!reviewer.byFrame);
      case "count":
        return changeCount(reviewer, action.by);
      case "groups":
        reviewer.edit({ groups: withGroup(reviewer.draft) });
        return void requestAnimationFrame(toNewestGroup);
      case "boxes":
        return setEditing(reviewer.boxes);
      case "note":
        return document.getElementById("behaviour")?.focus();
      case "settle":
        return setSettling((before) => others.length > 0 && !before);
      case "reference":
        return refer();
      case "who":
        return likest.ask();
      case "help":
        return setHelping(true);
      case "individual": {
        const one = individuals.find(({ digit }) => digit === action.digit);
        if (one) reviewer.toggleIndividual(one.id);
      }
    }
  }

  function refer(): void {
    const frame = reviewer.shown;
    const ticked = reviewer.draft.individuals;
    const one = individuals.find(({ id }) => id === ticked[0]);
    if (frame === null || one === undefined || ticked.length !== 1) return setSaid(words.noReference);
    const box = reviewer.boxes.find(({ label }) => label === "elephant")?.box ?? null;
    catalogue.addPicture(one.id, frame.id, box).then(
      () => setSaid(words.reference(one.name)),
      (error: Error) => setSaid(error.message),
    );
  }

  function pressed(event: KeyboardEvent): void {
    if (helping || isTyping(event)) return;
    const taken = editing ? edit(event, editing) : take(event);
    if (taken) event.preventDefault();
  }

  function take(event: KeyboardEvent): boolean {
    const action = actionOf(event);
    if (action === null || (event.key === " " && isControl(event.target))) return false;
    act(action);
    return true;
  }

  function edit(event: KeyboardEvent, present: Editing): boolean {
    const key = event.key.toLowerCase();
    const one = individuals.find(({ digit }) => String(digit) === key);
    if (key === "escape" || key === "b") setEditing(null);
    else if (key === "z" || key === "backspace") setEditing("undo");
    else if (key === "c") {
      reviewer.copyToNextFrame();
      setEditing(reviewer.boxes);
    } else if (one) {
      const individual = present.boxes[present.chosen]?.individual === one.id ? null : one.id;
      setEditing(changed(present, (box) => ({ ...box, individual })));
    } else {
      // Pixels mean nothing before the picture is there; a key must not do something else instead.
      const known = size.current?.url === reviewer.shown?.media_url ? size.current : null;
      const after = known && editedBy(event, present, known);
      if (after) setEditing(after);
      else if (known || actionOf(event)?.kind === "decide") return take(event); // saves the boxes
    }
    return true;
  }

  // On the window, at once after drawing: the next key may come before the page is idle.
  useLayoutEffect(() => {
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });

  const { event, shown } = reviewer;
  const nameOf = (id: number) => individuals.find((one) => one.id === id)?.name ?? "";
  return (
    <section class="screen review" aria-label={words.title}>
      <h1 class="unseen">{words.title}</h1>
      <ReviewBar
        reviewer={reviewer}
        stations={stations}
        change={(wish) => reviewer.start(wish)}
        help={() => setHelping(true)}
      />
      <p class="said-aloud small" role="status">
        {said}
      </p>
      {reviewer.refusal !== null && (
        <p class="form-problem" role="alert" data-testid="review-refused">
          {words.refused} {reviewer.refusal}{" "}
          <button type="button" class="plain" onClick={() => reviewer.dismiss()}>
            {words.dismiss}
          </button>
        </p>
      )}
      {reviewer.problem !== null && event === null && (
        <Problem message={reviewer.problem} again={() => reviewer.refill()} />
      )}
      {event === null && reviewer.problem === null && (
        reviewer.isExhausted ? <Empty title={words.empty} about={words.emptyAbout} /> : <Loading />
      )}
      {event !== null && shown !== null && (
        <div class="desk" data-testid="review-event" data-event-id={event.id}>
          <div class="desk-picture">
            <Picture
              frame={shown}
              what={summary(shown.animals, shown.threshold)}
              boxes={reviewer.boxes}
              editing={editing}
              nameOf={nameOf}
              edit={setEditing}
              sized={(known) => {
                size.current = known;
              }}
            />
            <Strip reviewer={reviewer} event={event} editing={editing} setEditing={setEditing} />
          </div>
          <Side
            reviewer={reviewer}
            event={event}
            individuals={individuals}
            likest={likest}
            others={others}
            settling={settling}
            settle={() => setSettling(!settling)}
          />
        </div>
      )}
      {helping && <Help close={() => setHelping(false)} />}
    </section>
  );
}

/** Its age is chosen next, with the arrows; Tab leads to its sex, Escape back to the keys. */
function toNewestGroup(): void {
  document.querySelector<HTMLElement>(".groups .group:last-of-type select")?.focus();
}

function useReviewer(): Reviewer {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const reviewer = useMemo(() => new Reviewer(FIRST_WISH, () => redraw(undefined)), []);
  useEffect(() => {
    reviewer.start(FIRST_WISH);
    const ask = (event: BeforeUnloadEvent) => {
      if (reviewer.outgoing.pending > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [reviewer]);
  return reviewer;
}

function useIndividuals(): Individual[] {
  const [individuals, setIndividuals] = useState<Individual[]>([]);
  useEffect(() => {
    reviewService.individuals().then(setIndividuals, () => setIndividuals([]));
  }, []);
  return individuals;
}

/** What others said of an event that is done or disputed; the server tells nobody who is blind. */
function useOthers(event: QueuedEvent | null): KeptLabel[] {
  const [found, setFound] = useState<{ id: number; labels: KeptLabel[] } | null>(null);
  useEffect(() => {
    if (event === null || event.state === "open") return;
    reviewService.event(event.id).then(
      ({ labels }) => setFound({ id: event.id, labels: labels.filter(({ mine }) => !mine) }),
      () => undefined,
    );
  }, [event?.id]);
  return found !== null && found.id === event?.id ? found.labels : [];
}

type SetEditing = (next: Editing | Reviewer["boxes"] | "undo" | null, going?: boolean) => void;

/** Boxes under edit belong to the shown frame; leaving it ends the edit. */
function useEditing(reviewer: Reviewer): [Editing | null, SetEditing] {
  const [chosen, setChosen] = useState<{ frame: string; index: number } | null>(null);
  const past = useRef<Editing[]>([]);
  const frame = reviewer.shown?.id ?? null;
  const editing =
    chosen !== null && chosen.frame === frame ? { boxes: reviewer.boxes, chosen: chosen.index } : null;
  const set = useCallback<SetEditing>(
    (next, going = false) => {
      const here = reviewer.shown?.id;
      if (next === null || here === undefined) {
        reviewer.saveBoxes();
        return setChosen(null);
      }
      if (next === "undo") {
        const before = past.current.pop();
        if (before === undefined) return;
        reviewer.setBoxes(before.boxes);
        return setChosen({ frame: here, index: before.chosen });
      }
      if (Array.isArray(next)) {
        past.current = [];
        return setChosen({ frame: here, index: next.length - 1 });
      }
      const before = reviewer.boxes;
      if (JSON.stringify(next.boxes) !== JSON.stringify(before)) {
        if (!going) past.current.push({ boxes: before, chosen: next.chosen });
        reviewer.setBoxes(next.boxes);
      }
      setChosen({ frame: here, index: next.chosen });
    },
    [reviewer],
  );
  return [editing, set];
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  const typing =
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type !== "checkbox");
  if (typing && event.key === "Escape") target.blur();
  return typing;
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLButtonElement || target instanceof HTMLInputElement;
}
