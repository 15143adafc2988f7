"""What readers said, and what follows: which label stands, the verdict, who should look next."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median_low
from typing import Any


class Decision(StrEnum):
    """What a reader says was there."""

    ELEPHANT = "elephant"
    OTHER_ANIMAL = "other_animal"
    PERSON = "person"
    VEHICLE = "vehicle"
    NOTHING = "nothing"
    UNSURE = "unsure"


class ReviewState(StrEnum):
    """Where an event is: waiting for readers, agreed, or readers disagree."""

    OPEN = "open"
    DONE = "done"
    DISPUTED = "disputed"


class Consensus(StrEnum):
    """When several readers make one verdict."""

    MAJORITY = "majority"
    UNANIMOUS = "unanimous"


# What a frame shows outweighs what another does not: one elephant makes an elephant's event.
_TELLING = (
    Decision.ELEPHANT,
    Decision.UNSURE,  # it may have been one
    Decision.OTHER_ANIMAL,
    Decision.PERSON,
    Decision.VEHICLE,
    Decision.NOTHING,
)

DEFAULT_SECOND_SHARE = 0.1
NEW_CAMERA_EVENTS = 20
_NEW_CAMERA_BONUS, _NEW_NIGHT_BONUS, _DISPUTE_BONUS = 0.4, 0.2, 2.0


@dataclass(frozen=True, slots=True)
class Said:
    """One label, as far as the rules ask."""

    id: int
    reader: str
    detection_id: str | None
    decision: Decision | None
    takes_back: int | None
    count: int | None
    settles: bool
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Word:
    """What one reader holds of an event."""

    reader: str
    label_id: int
    decision: Decision
    count: int | None
    settles: bool
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where that leaves the event."""

    state: ReviewState
    verdict: Decision | None
    count: int | None


def standing(labels: Iterable[Said]) -> dict[tuple[str, str | None], Said]:
    """Return the newest label of each reader for each frame, or for the whole (None).

    One that was taken back is as if it had never been said: the one before it stands again.
    """
    said = sorted(labels, key=lambda label: label.id)
    taken_back = {label.takes_back for label in said}
    return {
        (label.reader, label.detection_id): label
        for label in said
        if label.takes_back is None and label.id not in taken_back
    }


def words(labels: Iterable[Said], frames: int) -> list[Word]:
    """Return what each reader holds of the event, which has so many frames.

    A reader who spoke of the whole event holds that; one who went frame by frame holds what the
    frames say together, once all of them are labelled.
    """
    stand = standing(labels)
    found = []
    for reader in sorted({reader for reader, _ in stand}):
        theirs = {frame: said for (name, frame), said in stand.items() if name == reader}
        word = _word(reader, theirs, frames)
        if word is not None:
            found.append(word)
    return found


def _word(reader: str, theirs: Mapping[str | None, Said], frames: int) -> Word | None:
    whole = theirs.get(None)
    if whole is None and len(theirs) < frames:
        return None
    of_frames = [said for frame, said in theirs.items() if frame is not None]
    last = max(theirs.values(), key=lambda said: said.id)
    if whole is not None and whole.decision is not None:
        decision = whole.decision
    else:
        decision = of_event([said.decision for said in of_frames if said.decision is not None])
    counts = [said.count for said in theirs.values() if said.count is not None]
    count = whole.count if whole is not None and whole.count is not None else max(counts, default=0)
    settles = any(said.settles for said in theirs.values())
    return Word(reader, last.id, decision, count or None, settles, last.made_at)


def of_event(frames: Sequence[Decision]) -> Decision:
    """Return what an event shows whose frames show that."""
    return min(frames, key=_TELLING.index, default=Decision.UNSURE)


def outcome(said: Sequence[Word], readers_wanted: int, rule: Consensus) -> Outcome:
    """Return the verdict of the readers, if they come to one.

    "Unsure" is no vote but asks for one more reader. A word that settles was given in view of the
    others and ends the matter. The count is the middle one of those who agree.
    """
    settling = [word for word in said if word.settles]
    if settling:
        last = max(settling, key=lambda word: word.label_id)
        return Outcome(ReviewState.DONE, last.decision, last.count)
    votes = Counter(word.decision for word in said if word.decision is not Decision.UNSURE)
    unsure = len(said) - votes.total()
    if len(said) < readers_wanted + (1 if unsure else 0):
        return Outcome(ReviewState.OPEN, None, None)
    if not votes:
        return Outcome(ReviewState.DONE, Decision.UNSURE, None)
    (favourite, most), *_ = votes.most_common(1)
    needed = votes.total() if rule is Consensus.UNANIMOUS else votes.total() // 2 + 1
    if most < needed:
        return Outcome(ReviewState.DISPUTED, None, None)
    counts = [w.count for w in said if w.decision is favourite and w.count is not None]
    return Outcome(ReviewState.DONE, favourite, median_low(counts) if counts else None)


def doubt(frames: Iterable[tuple[float, float]]) -> float:
    """Return how unsure the network is of an event, 0 to 1, from (confidence, threshold) pairs.

    The surest frame counts: at its threshold the doubt is 1, at certainty or silence 0.
    """
    return min(
        (
            1 - abs(confidence - least) / max(least, 1 - least, 1e-9)
            for confidence, least in [max(frames, default=(0.0, 0.5))]
        ),
    )


def elephant_confidence(animals: Iterable[Mapping[str, Any]]) -> float:
    """Return the confidence of the surest elephant of a frame, 0 without one."""
    return max(
        (float(animal["confidence"]) for animal in animals if animal["label"] == "elephant"),
        default=0.0,
    )


def priority(
    event_doubt: float, *, is_new_camera: bool, is_new_night: bool, disputed: bool
) -> float:
    """Return what looking at an event teaches: greater comes first.

    A camera's first events show what its place does to the network, a night's first event what
    the weather does; a dispute between readers waits for nobody else.
    """
    return (
        event_doubt
        + _NEW_CAMERA_BONUS * is_new_camera
        + _NEW_NIGHT_BONUS * is_new_night
        + _DISPUTE_BONUS * disputed
    )


def is_for_two(site_id: str, event_id: int, share: float) -> bool:
    """Whether a second reader shall look at an event, blind: always the same random share.

    From the event's number alone, so that nobody can tell beforehand from how it looks.
    """
    drawn = hashlib.sha256(f"{site_id}/{event_id}".encode()).digest()
    return int.from_bytes(drawn[:8]) < share * 2**64
