"""What an import brings, whatever its format: frames in events, and what was said of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from api.review.rules import Decision

SILENCE = timedelta(minutes=10)
UNKNOWN_THRESHOLD = 0.4


@dataclass(frozen=True, slots=True)
class Place:
    """A camera's place; the name is that of its station here."""

    station: str
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class IncomingFrame:
    """One picture; `file` is its name in the archive, `event` its event's name there, if any."""

    foreign_id: str
    file: str
    place: Place
    deployment_id: str
    captured_at: datetime
    lighting: str
    release: str
    animals: tuple[dict[str, Any], ...] = ()
    event: str | None = None
    classified_at: datetime | None = None

    @property
    def camera(self) -> tuple[str, str]:
        """Whose frame it is."""
        return self.place.station, self.deployment_id


@dataclass(frozen=True, slots=True)
class IncomingLabel:
    """What somebody elsewhere said of a frame (by its foreign id) or, without, of the event."""

    said_by: str
    made_at: datetime
    decision: Decision
    frame: str | None = None
    count: int | None = None
    groups: tuple[dict[str, Any], ...] = ()
    behaviour: str = ""
    individuals: tuple[str, ...] = ()
    boxes: tuple[dict[str, Any], ...] | None = None


@dataclass(slots=True)
class IncomingEvent:
    """Frames of one camera that belong together."""

    frames: list[IncomingFrame]
    labels: list[IncomingLabel] = field(default_factory=list)


@dataclass(slots=True)
class Incoming:
    """All that an import brings, and what it leaves out: a sentence each."""

    events: list[IncomingEvent]
    left_out: list[str] = field(default_factory=list)


def grouped(frames: Iterable[IncomingFrame]) -> list[list[IncomingFrame]]:
    """Put frames into events: by the event's name, else where a camera was silent for long."""
    named: dict[tuple[tuple[str, str], str], list[IncomingFrame]] = {}
    loose: dict[tuple[str, str], list[IncomingFrame]] = {}
    for frame in frames:
        if frame.event is not None:
            named.setdefault((frame.camera, frame.event), []).append(frame)
        else:
            loose.setdefault(frame.camera, []).append(frame)
    found = [sorted(group, key=_when) for group in named.values()]
    for group in loose.values():
        found += _split(sorted(group, key=_when))
    return sorted(found, key=lambda group: _when(group[0]))


def _when(frame: IncomingFrame) -> tuple[datetime, str]:
    return frame.captured_at, frame.foreign_id


def _split(frames: Sequence[IncomingFrame]) -> list[list[IncomingFrame]]:
    found: list[list[IncomingFrame]] = []
    for frame in frames:
        if found and frame.captured_at - found[-1][-1].captured_at <= SILENCE:
            found[-1].append(frame)
        else:
            found.append([frame])
    return found


def light_at(moment: datetime, zone: tzinfo) -> str:
    """Guess the lighting of a frame of which nobody said it: day from six to six."""
    return "day" if 6 <= moment.astimezone(zone).hour < 18 else "night_ir"


def exif_moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a camera's own clock, `2026:11:22 19:30:00`: it has no zone, so it is the site's."""
    cleaned = text.strip().strip("\x00")
    for pattern in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(cleaned[:19], pattern).replace(tzinfo=zone)
        except ValueError:
            continue
    return None


def slug(name: str) -> str:
    """Return a name as a station's can be: lower case letters, digits and dashes."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    short = "-".join(part for part in kept.split("-") if part)[:40].strip("-")
    return short or "imported"


def threshold_of(animals: Iterable[Mapping[str, Any]]) -> float:
    """Return the threshold of a network nobody told: all of its elephants were believed."""
    believed = [float(animal["confidence"]) for animal in animals if animal["label"] == "elephant"]
    return min([UNKNOWN_THRESHOLD, *believed])
