"""Camtrap DP: boxes from observations of single pictures, emptiness also from whole events."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from detector.detection import Label
from detector.training.sources.boxes import from_camtrap_dp
from detector.training.sources.camtrap_tables import (
    Kind,
    Level,
    Media,
    Observation,
    Package,
    read_package,
)
from detector.training.sources.entries import (
    Entry,
    LabelledThing,
    LeftOut,
    Source,
    SourcePicture,
    UnusableError,
    picture_below,
    thing,
)
from detector.training.sources.vocabulary import Meaning, Unlabelled, Vocabulary

_MEANING: dict[Kind, Meaning] = {
    Kind.HUMAN: Label.PERSON,
    Kind.VEHICLE: Label.VEHICLE,
    Kind.BLANK: Unlabelled.EMPTY,
    Kind.UNKNOWN: Unlabelled.UNSURE,
    Kind.UNCLASSIFIED: Unlabelled.UNSURE,
}


def read_camtrap_dp(source: Path, vocabulary: Vocabulary) -> Source:
    """Read a package (its folder or datapackage.json). Raises UnreadableSourceError."""
    package = read_package(source)
    of_media: dict[str, list[Observation]] = defaultdict(list)
    for observation in package.observations:
        if observation.level is Level.MEDIA:
            of_media[observation.media_id].append(observation)
    events = _Events(o for o in package.observations if o.level is Level.EVENT)
    entries: list[Entry] = list(package.bad_rows)
    for media in package.media:
        stated = of_media.get(media.media_id) or events.during(media)
        if package.spoilt & {media.media_id, media.deployment_id}:
            reason = "an observation of it, or of its deployment, cannot be read"
            entries.append(LeftOut(media.file_path, reason, is_fault=True))
        else:
            entries.append(_entry(media, stated, package, vocabulary))
    return Source(tuple(entries), package.licence)


class _Events:
    """Statements about whole events, found by deployment and time."""

    def __init__(self, observations: Iterable[Observation]) -> None:
        self._by_deployment: dict[str, list[Observation]] = defaultdict(list)
        for one in sorted(observations, key=lambda each: each.start_at):
            self._by_deployment[one.deployment_id].append(one)
        self._starts: dict[str, list[datetime]] = {
            name: [one.start_at for one in ordered] for name, ordered in self._by_deployment.items()
        }
        self._longest: dict[str, timedelta] = {
            name: max(one.end_at - one.start_at for one in ordered)
            for name, ordered in self._by_deployment.items()
        }

    def during(self, media: Media) -> list[Observation]:
        """Return the statements about the events in which a picture was taken."""
        ordered = self._by_deployment.get(media.deployment_id, [])
        starts = self._starts.get(media.deployment_id, [])
        found = []
        for index in range(bisect_right(starts, media.captured_at) - 1, -1, -1):
            one = ordered[index]
            if one.start_at + self._longest[media.deployment_id] < media.captured_at:
                break
            if one.end_at >= media.captured_at:
                found.append(one)
        return found


def _entry(
    media: Media, stated: Sequence[Observation], package: Package, vocabulary: Vocabulary
) -> Entry:
    if not stated:
        return LeftOut(media.file_path, "nobody has said what is in it")
    try:
        path = picture_below(package.folder, media.file_path)
        found = [_thing(one, vocabulary) for one in stated]
        _check_agreement(stated)
    except UnusableError as error:
        return LeftOut(media.file_path, str(error))
    except ValueError as error:
        return LeftOut(media.file_path, str(error), is_fault=True)
    deployment = package.deployments.get(media.deployment_id)
    return SourcePicture(
        path=path,
        name=media.file_path,
        things=tuple(one for one in found if one is not None),
        site=deployment.site if deployment else media.deployment_id,
        sequence_id=next((one.event_id for one in stated if one.event_id), ""),
        species=";".join(dict.fromkeys(one.species for one in stated if one.species)),
        label_by=";".join(dict.fromkeys(_by(one) for one in stated)),
    )


def _check_agreement(stated: Sequence[Observation]) -> None:
    if len({one.kind is Kind.BLANK for one in stated}) > 1:
        raise UnusableError("is said to be blank, and to show something")


def _meaning(one: Observation, vocabulary: Vocabulary) -> Meaning:
    if one.kind is Kind.ANIMAL:
        return vocabulary.meaning(one.species)
    return vocabulary.wanted(_MEANING[one.kind])


def _thing(one: Observation, vocabulary: Vocabulary) -> LabelledThing | None:
    named = one.species or one.kind.value
    meaning = _meaning(one, vocabulary)
    if meaning is Unlabelled.UNSURE:
        raise UnusableError(f"shows {named!r}: it may be an elephant")
    if not isinstance(meaning, Label):
        return None
    sides = (one.left, one.top, one.width, one.height)
    left, top, width, height = sides
    if left is None or top is None or width is None or height is None:
        if any(side is not None for side in sides):
            raise ValueError("has a box with sides missing")
        raise UnusableError(f"shows {named!r}, but has no box for it")
    return thing(meaning, from_camtrap_dp((left, top, width, height)))


def _by(one: Observation) -> str:
    return ": ".join(part for part in (one.method, one.classified_by) if part)
