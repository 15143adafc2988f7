"""From looks to sightings: one opens at once, grows with what is seen, ends after a silence.

Pure: the looks bring their own time, and nothing here is kept or sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from detector.detection import Detection, Label
from edge_agent.confirmation import Confirmation
from edge_agent.contracts.configuration import ConfirmationSettings, EventSettings
from edge_agent.contracts.ids import uuid7
from edge_agent.looking import Look
from edge_agent.tracking.heading import heading_of
from edge_agent.tracking.tracker import Track, Tracker

# Less than this is noise between two frames, and not worth a message.
WORTHWHILE_CONFIDENCE = 0.05
# A stump where an elephant stood must not keep its sighting alive all night.
FAINT_AT_MOST = timedelta(minutes=5)
# A person and elephants that pass one camera within this time may meet on its trail.
SAME_TRAIL = timedelta(minutes=15)
# Unlike a person beside an elephant, one in a frame of its own has nothing to vouch for it.
SURE_PERSON = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Elephants before one camera, at the best look so far.

    `tracks` belong to the look's elephants, in their order, each as it is now. `count` is the most
    that were believed in at once. `person_seen_at`: when somebody passed here, before or after,
    close enough in time to meet them. `shows_anew`: its picture is another than the revision's
    before.
    """

    id: UUID
    revision: int
    look: Look
    count: int | None = None
    last_seen_at: datetime | None = None
    tracks: tuple[Track, ...] = ()
    shows_anew: bool = True
    ended: bool = False
    person_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    told: Sighting
    told_at: datetime
    seen_at: datetime
    sure_at: datetime
    best: Look
    best_tracks: tuple[int, ...]
    count: int


class Sightings:
    """The sightings of one deployment. Hand it every look; keep what it returns.

    A sighting opens at the look that confirms it, and is revised when there are more elephants, a
    better look, a person on the same trail, or the first sign of where they go, at most once in
    `revise_every`; every `still_here_every` as long as they stay; once more when it ends; and once
    if somebody follows them then. What opened at the threshold is kept alive by fainter looks at
    the same animals.
    """

    def __init__(
        self,
        confirmation: Confirmation,
        *,
        silence: timedelta,
        revise_every: timedelta,
        still_here_every: timedelta = timedelta(minutes=2),
    ) -> None:
        self._confirmation = confirmation
        self._silence = silence
        self._revise_every = revise_every
        self._still_here_every = still_here_every
        self._open: _Open | None = None
        self._over: Sighting | None = None
        self._person_at: datetime | None = None
        self._tracker = Tracker(forgotten_after=silence)
        self._tracks: dict[int, Track] = {}

    def retune(self, confirmation: ConfirmationSettings, event: EventSettings) -> None:
        """Go by other rules from the next look on; an open sighting stays the same one."""
        self._silence = timedelta(seconds=event.silence_s)
        self._revise_every = timedelta(seconds=event.revise_every_s)
        self._still_here_every = timedelta(seconds=event.still_here_s)
        self._confirmation.retune(
            needed=confirmation.needed,
            out_of=confirmation.out_of,
            within=self._silence,
            vouches_from=confirmation.vouches_from,
        )

    def saw(self, look: Look) -> tuple[Sighting, ...]:
        """Return what is to be told after this look: mostly nothing, at most two sightings."""
        ended = self._end_after_silence(look.captured_at)
        if any(d.label is Label.PERSON and d.confidence >= SURE_PERSON for d in look.others):
            self._person_at = look.captured_at
        faint = self._faint_again(look)
        numbers = self._follow(look, faint)
        believed = self._confirmation.saw(len(look.elephants), look.captured_at, nearly=look.nearly)
        told: tuple[Sighting, ...] = ()
        if self._open is not None:
            seen = self._seen(self._open, look, is_faint=bool(faint))
            told = self._grow(seen, look, numbers, believed)
        elif believed and look.elephants:
            told = (self._begin(look, numbers, believed),)
        else:
            told = self._followed_by_a_person()
        return (*ended, *told)

    @property
    def is_open(self) -> bool:
        """Whether elephants are before the camera, as far as anybody knows."""
        return self._open is not None

    @property
    def silence_s(self) -> float:
        """The seconds without an elephant after which a sighting ends."""
        return self._silence.total_seconds()

    def close(self) -> tuple[Sighting, ...]:
        """End the open sighting, if any; return its last revision, with whatever was held back."""
        ended, self._open = self._open, None
        tracks, self._tracks = self._tracks, {}
        self._tracker = Tracker(forgotten_after=self._silence)
        if ended is None:
            return ()
        self._over = self._with_person(replace(_revised(ended, tracks), ended=True))
        return (self._over,)

    def _end_after_silence(self, now: datetime) -> tuple[Sighting, ...]:
        if self._open is None or abs(now - self._open.seen_at) <= self._silence:
            return ()
        return self.close()

    def _faint_again(self, look: Look) -> tuple[Detection, ...]:
        """Return the faint elephants that were sure ones, or next to one, a moment ago."""
        if self._open is None:
            return ()
        return tuple(d for d in look.faint if self._tracker.knows(d.box, look.captured_at))

    def _follow(self, look: Look, faint: tuple[Detection, ...]) -> tuple[int, ...]:
        tracks = self._tracker.follow((*look.elephants, *faint), look.captured_at)
        wanted = self._open.best_tracks if self._open is not None else ()
        kept = {number: self._tracks[number] for number in wanted}
        self._tracks = kept | {track.number: track for track in tracks}
        return tuple(track.number for track in tracks[: len(look.elephants)])

    def _begin(self, look: Look, numbers: tuple[int, ...], count: int) -> Sighting:
        at = look.captured_at
        tracks = tuple(self._tracks[number] for number in numbers)
        begun = Sighting(uuid7(), 1, look, count=count, last_seen_at=at, tracks=tracks)
        sighting = self._with_person(begun)
        self._open = _Open(sighting, at, at, at, look, numbers, count)
        return sighting

    def _with_person(self, sighting: Sighting) -> Sighting:
        """Return it with whoever was on the same trail, once somebody was."""
        person_at, seen_at = self._person_at, sighting.last_seen_at
        if sighting.person_seen_at is not None or person_at is None or seen_at is None:
            return sighting
        is_same_trail = abs(person_at - seen_at) <= SAME_TRAIL
        return replace(sighting, person_seen_at=person_at) if is_same_trail else sighting

    def _followed_by_a_person(self) -> tuple[Sighting, ...]:
        """Revise, once, a sighting that is over when somebody walks where the elephants did."""
        over = self._over
        told = self._with_person(over) if over is not None else None
        if told is None or told is over:
            return ()
        self._over = replace(told, revision=told.revision + 1, shows_anew=False)
        return (self._over,)

    def _seen(self, current: _Open, look: Look, *, is_faint: bool) -> _Open:
        at = look.captured_at
        if look.elephants:
            return replace(current, seen_at=at, sure_at=at)
        if is_faint and at - current.sure_at <= FAINT_AT_MOST:
            return replace(current, seen_at=at)
        return current

    def _grow(
        self, current: _Open, look: Look, numbers: tuple[int, ...], believed: int
    ) -> tuple[Sighting, ...]:
        current = replace(current, count=max(current.count, believed))
        if is_better(look, current.best, current.count):
            current = replace(current, best=look, best_tracks=numbers)
        told = self._with_person(_revised(current, self._tracks))
        self._open = current
        if not self._is_due(current, told, look.captured_at):
            return ()
        self._open = replace(current, told=told, told_at=look.captured_at)
        return (told,)

    def _is_due(self, current: _Open, told: Sighting, now: datetime) -> bool:
        since_told = now - current.told_at
        if since_told >= self._revise_every and _is_news(told, current.told):
            return True
        return since_told >= self._still_here_every and current.seen_at > current.told_at


def is_better(look: Look, than: Look, believed: int) -> bool:
    """More of the believed elephants, or as many and clearly surer.

    All boxes of a message are of one frame; one with a box too many is no better for it.
    """
    elephants, before = min(len(look.elephants), believed), min(len(than.elephants), believed)
    if elephants != before:
        return elephants > before
    return look.best_confidence >= than.best_confidence + WORTHWHILE_CONFIDENCE


def _is_news(sighting: Sighting, told: Sighting) -> bool:
    if sighting.shows_anew or sighting.count != told.count:
        return True
    if sighting.person_seen_at != told.person_seen_at:
        return True
    return _has_heading(sighting) and not _has_heading(told)


def _has_heading(sighting: Sighting) -> bool:
    return any(heading_of(track) is not None for track in sighting.tracks)


def _revised(current: _Open, tracks: dict[int, Track]) -> Sighting:
    return replace(
        current.told,
        revision=current.told.revision + 1,
        look=current.best,
        count=current.count,
        last_seen_at=current.seen_at,
        tracks=tuple(tracks[number] for number in current.best_tracks),
        shows_anew=current.best is not current.told.look,
    )
