/** One reader's session: what is looked at, what was decided, and every way back. No drawing here. */
import type { Detection } from "../service/contract";
import { BOX_LABELS, believed } from "./boxes";
import type { Decision, DrawnBox, Group, NewLabel, Progress, QueuedEvent, Wish } from "./contract";
import { newId } from "./new_id";
import { Outgoing } from "./outgoing";
import { Pictures } from "./pictures";
import { reviewService } from "./service";

const REFILL_BELOW = 12;
const FETCHED_AT_ONCE = 20;
const REMEMBERED_IDS = 400;
/** So many events ahead the picture that is shown first is there; of the next one all are. */
const PRELOADED = 10;
/** Whoever stays so long with an event may look at its other frames: before, they are only in the way. */
const RESTS_AFTER_MS = 300;
/** What a frame shows outweighs what another does not, as on the server. */
const TELLING: Decision[] = ["elephant", "unsure", "other_animal", "person", "vehicle", "nothing"];

/** What a reader adds to a decision before taking it. */
export interface Draft {
  count: number | null;
  groups: Group[];
  behaviour: string;
  individuals: number[];
  /** Frames with a label of their own, and what it says. */
  frames: Record<string, Decision>;
  /** Frames whose boxes were edited. */
  boxes: Record<string, DrawnBox[]>;
  /** Of these the newest edit is not part of a label yet. */
  unsaved: string[];
}

interface Step {
  event: QueuedEvent;
  frame: number;
  before: Draft;
  labelId: string;
}

export class Reviewer {
  events: QueuedEvent[] = [];
  frame = 0;
  byFrame = false;
  draft: Draft = emptyDraft();
  progress: Progress | null = null;
  problem: string | null = null;
  /** A label that the server refused: the reader has to know. */
  refusal: string | null = null;
  isExhausted = false;
  /** Whether the reader has stayed with this event for a moment. */
  rests = false;
  readonly outgoing: Outgoing;
  private past: Step[] = [];
  private skipped: number[] = [];
  private fetching = false;
  private turn = 0;
  private resting = 0;
  private undoing: Promise<void> = Promise.resolve();
  private readonly pictures = new Pictures();

  constructor(
    public wish: Wish,
    private readonly changed: () => void,
  ) {
    this.outgoing = new Outgoing(changed, (error) => {
      this.refusal = error.message;
      changed();
    });
  }

  get event(): QueuedEvent | null {
    return this.events[0] ?? null;
  }

  get shown(): Detection | null {
    return this.event?.frames[this.frame] ?? null;
  }

  /** The boxes of the shown frame: edited ones, or what the network believed. */
  get boxes(): DrawnBox[] {
    const frame = this.shown;
    if (frame === null) return [];
    return this.draft.boxes[frame.id] ?? believed(frame);
  }

  dismiss(): void {
    this.refusal = null;
    this.changed();
  }

  start(wish: Wish): void {
    this.turn += 1;
    this.fetching = false;
    this.wish = wish;
    this.events = [];
    this.skipped = [];
    this.isExhausted = false;
    this.problem = null;
    this.arrive();
    this.refill();
  }

  refill(): void {
    if (this.fetching || this.isExhausted || this.events.length >= REFILL_BELOW) return;
    this.fetching = true;
    const turn = this.turn;
    const known = [
      ...this.events.map(({ id }) => id),
      ...this.skipped,
      ...this.past.slice(-REMEMBERED_IDS / 2).map(({ event }) => event.id),
    ].slice(0, REMEMBERED_IDS);
    reviewService.queue(this.wish, [...new Set(known)], FETCHED_AT_ONCE).then(
      ({ events, progress, still_sorting }) => {
        if (turn !== this.turn) return;
        this.fetching = false;
        const held = new Set(this.events.map(({ id }) => id));
        const wasEmpty = this.events.length === 0;
        this.events.push(...events.filter(({ id }) => !held.has(id)));
        this.progress = progress;
        this.isExhausted = events.length === 0 && !still_sorting;
        this.problem = null;
        if (wasEmpty) this.arrive();
        this.preload();
        this.changed();
        if (still_sorting) this.refill();
      },
      (error: Error) => {
        if (turn !== this.turn) return;
        this.fetching = false;
        this.problem = error.message;
        this.changed();
      },
    );
  }

  /** Say what the whole event shows, or this frame of it. */
  decide(decision: Decision, settles = false): void {
    const event = this.event;
    if (event === null) return;
    this.saveBoxes();
    if (!this.byFrame) {
      this.say(event, null, decision, null, settles);
      this.advance();
      return;
    }
    const frame = this.shown;
    if (frame === null) return;
    this.say(event, frame.id, decision, this.draft.boxes[frame.id] ?? null, settles);
    this.draft = { ...this.draft, frames: { ...this.draft.frames, [frame.id]: decision } };
    const open = event.frames.findIndex(({ id }) => !(id in this.draft.frames));
    if (open !== -1) this.frame = open;
    else {
      // Of a very long event not every frame is shown: then these speak for the whole.
      const told = TELLING.find((one) => Object.values(this.draft.frames).includes(one));
      if (event.frames_left_out > 0 && told) this.say(event, null, told, null, settles);
      this.advance();
    }
    this.changed();
  }

  /** Make the edited boxes of this event's frames labels of those frames. */
  saveBoxes(): void {
    const event = this.event;
    if (event === null) return;
    for (const id of this.draft.unsaved) {
      const boxes = this.draft.boxes[id] ?? [];
      this.say(event, id, decisionOf(boxes), boxes, false);
      this.draft = {
        ...this.draft,
        frames: { ...this.draft.frames, [id]: decisionOf(boxes) },
        unsaved: this.draft.unsaved.filter((other) => other !== id),
      };
    }
    this.changed();
  }

  private say(
    event: QueuedEvent,
    frameId: string | null,
    decision: Decision,
    boxes: DrawnBox[] | null,
    settles: boolean,
  ): void {
    const { count, groups, behaviour, individuals } = this.draft;
    const isElephant = decision === "elephant";
    const label: NewLabel = {
      id: newId(),
      event_id: event.id,
      detection_id: frameId,
      decision,
      settles,
      count: isElephant && frameId === null ? count : null,
      groups: isElephant && frameId === null ? groups : [],
      behaviour: frameId === null ? behaviour : "",
      individuals: isElephant && frameId === null ? individuals : [],
      boxes,
    };
    this.past.push({ event, frame: this.frame, before: this.draft, labelId: label.id });
    this.outgoing.add({ send: () => reviewService.say(label) });
  }

  /** Take the last label back, and return to where it was made; one after the other. */
  undo(): Promise<void> {
    this.undoing = this.undoing.then(() => this.takeBack());
    return this.undoing;
  }

  private async takeBack(): Promise<void> {
    if (this.past.length === 0) await this.recall();
    const step = this.past.pop();
    if (step === undefined) return;
    const id = newId();
    this.outgoing.add({ send: () => reviewService.undo(step.labelId, id) });
    if (this.event?.id !== step.event.id) {
      this.events = [step.event, ...this.events.filter((other) => other.id !== step.event.id)];
    }
    this.frame = step.frame;
    this.draft = step.before;
    this.preload();
    this.changed();
  }

  /** After a reload the server still knows what was said last. */
  private async recall(): Promise<void> {
    await this.outgoing.allStored(); // what is not stored yet the server cannot know
    try {
      const last = await reviewService.last();
      const label = last?.labels[0];
      if (!last || !label) return;
      const frame = last.event.frames.findIndex(({ id }) => id === label.detection_id);
      const before = emptyDraft(last.event);
      this.past.push({ event: last.event, frame: Math.max(0, frame), before, labelId: label.id });
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.changed();
    }
  }

  /** Leave this event for later. */
  skip(): void {
    if (this.event === null) return;
    this.saveBoxes();
    this.skipped.push(this.event.id);
    this.advance();
  }

  step(by: number): void {
    const last = (this.event?.frames.length ?? 1) - 1;
    this.frame = Math.max(0, Math.min(this.frame + by, last));
    this.changed();
  }

  setByFrame(byFrame: boolean): void {
    this.byFrame = byFrame;
    this.changed();
  }

  edit(change: Partial<Draft>): void {
    this.draft = { ...this.draft, ...change };
    this.changed();
  }

  toggleIndividual(id: number): void {
    const { individuals } = this.draft;
    const rest = individuals.filter((other) => other !== id);
    this.edit({ individuals: rest.length < individuals.length ? rest : [...individuals, id] });
  }

  setBoxes(boxes: DrawnBox[]): void {
    const frame = this.shown;
    if (frame === null) return;
    const unsaved = this.draft.unsaved.filter((id) => id !== frame.id);
    this.edit({
      boxes: { ...this.draft.boxes, [frame.id]: boxes },
      unsaved: [...unsaved, frame.id],
    });
  }

  /** Put this frame's boxes into the next one, and go there. */
  copyToNextFrame(): void {
    const boxes = this.boxes;
    const event = this.event;
    if (event === null || this.frame >= event.frames.length - 1) return;
    this.step(1);
    this.setBoxes(boxes);
  }

  private preload(): void {
    const ahead = this.events.slice(0, PRELOADED);
    const shown = ahead.flatMap((event) => event.frames[bestFrame(event)] ?? []);
    const looksThrough = this.rests ? 2 : this.byFrame ? 1 : 0;
    const others = ahead.slice(0, looksThrough).flatMap((event) => event.frames);
    this.pictures.want(this.byFrame ? [...others, ...shown] : [...shown, ...others]);
  }

  private advance(): void {
    this.events = this.events.slice(1);
    this.arrive();
    this.preload();
    this.refill();
    this.changed();
  }

  private arrive(): void {
    this.frame = bestFrame(this.event);
    this.draft = emptyDraft(this.event);
    this.rests = false;
    window.clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.rest(), RESTS_AFTER_MS);
    this.changed();
  }

  private rest(): void {
    this.rests = true;
    this.preload();
    this.changed();
  }
}

export function emptyDraft(event: QueuedEvent | null = null): Draft {
  return {
    count: event !== null && event.network_count > 0 ? event.network_count : null,
    groups: [],
    behaviour: "",
    individuals: [],
    frames: {},
    boxes: {},
    unsaved: [],
  };
}

/** The frame that shows most: the surest elephant's. */
export function bestFrame(event: QueuedEvent | null): number {
  if (event === null) return 0;
  const sure = event.frames.map(({ animals }) =>
    Math.max(0, ...animals.filter(({ label }) => label === "elephant").map((a) => a.confidence)),
  );
  return Math.max(0, sure.indexOf(Math.max(0, ...sure)));
}

/** What a frame shows whose boxes were drawn. */
export function decisionOf(boxes: DrawnBox[]): Decision {
  const label = BOX_LABELS.find((name) => boxes.some((box) => box.label === name));
  if (label === undefined) return "nothing";
  return label === "animal" ? "other_animal" : label;
}
