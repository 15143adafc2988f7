"""Turns a sighting into the message and the picture that leave the station."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from detector.detection import BoundingBox, Detection
from edge_agent.clock import clock_state
from edge_agent.contracts.messages import (
    MAX_ANIMALS,
    DetectionMessage,
    Lighting,
    SeenAnimal,
    body_sha256,
)
from edge_agent.evidence import NoEvidenceError, evidence_of
from edge_agent.sightings import Sighting
from edge_agent.tracking.heading import heading_of
from edge_agent.tracking.tracker import Track

_log = logging.getLogger(__name__)
_DIGITS = 5  # a hundredth of a pixel; more would only cost bytes on a bad link


def tell(
    sighting: Sighting, deployment_id: str, *, simulated: bool, looks_deg: float | None = None
) -> tuple[DetectionMessage, bytes | None]:
    """Return the message and its picture, if there is one to send.

    None if none can be made (the warning goes alone), or if the revision before had the same. What
    waits says so itself: `sent_at` and `waited_s` are set whenever the message leaves.
    """
    look = sighting.look
    picture = _picture(sighting)
    message = DetectionMessage(
        simulated=simulated,
        id=sighting.id,
        revision=sighting.revision,
        deployment_id=deployment_id,
        captured_at=look.captured_at,
        sent_at=look.captured_at,
        clock=clock_state(look.captured_at),
        lighting=Lighting(look.lighting.value),
        release=look.release,
        threshold=look.threshold,
        animals=tuple(seen_animals((*look.elephants, *look.others), sighting.tracks))[:MAX_ANIMALS],
        media_sha256=body_sha256(picture) if picture is not None else None,
        count=sighting.count,
        last_seen_at=sighting.last_seen_at,
        ended=sighting.ended,
        person_seen_at=sighting.person_seen_at,
        looks_deg=looks_deg,
    )
    return message, picture if sighting.shows_anew else None


def _picture(sighting: Sighting) -> bytes | None:
    try:
        return evidence_of(sighting.look.pixels, sighting.look.people)
    except NoEvidenceError:
        _log.exception("sighting %s goes without its picture", sighting.id)
        return None


def seen_animals(
    detections: Iterable[Detection], tracks: Sequence[Track] = ()
) -> Iterator[SeenAnimal]:
    """Yield boxes as messages have them. The elephants come first, and only they are followed."""
    for detection, track in zip_longest(detections, tracks):
        box = _within_the_frame(detection.box)
        if box is not None:
            heading = heading_of(track) if track is not None else None
            yield SeenAnimal(
                label=detection.label.value,
                confidence=round(min(max(detection.confidence, 0.0), 1.0), 4),
                box=box,
                touches_edge=detection.box.touches_edge(),
                track=track.number if track is not None else None,
                moving=heading.value if heading is not None else None,
            )


def _within_the_frame(box: BoundingBox) -> tuple[float, float, float, float] | None:
    left, top = max(0.0, round(box.left, _DIGITS)), max(0.0, round(box.top, _DIGITS))
    width = round(min(box.width, 1 - left), _DIGITS)
    height = round(min(box.height, 1 - top), _DIGITS)
    return (left, top, width, height) if width > 0 and height > 0 else None
