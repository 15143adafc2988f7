"""Where an animal goes, as far as one camera can tell."""

from enum import StrEnum

from edge_agent.tracking.tracker import Track

LEAST_HITS = 3
ASIDE_WIDTHS = 0.5
"""An animal has gone aside once it is half its own width from where it was first seen."""
NEARER_GROWTH = 1.3


class Heading(StrEnum):
    """Directions in the picture; which way that is in the forest depends on the camera."""

    LEFT = "left"
    RIGHT = "right"
    TOWARDS = "towards"
    AWAY = "away"


def heading_of(track: Track) -> Heading | None:
    """Return where an animal goes; None as long as it has hardly moved."""
    if track.hits < LEAST_HITS:
        return None
    first, last = track.first, track.last
    width = min(first.width, last.width)
    aside = (last.left + last.width / 2) - (first.left + first.width / 2)
    if abs(aside) >= ASIDE_WIDTHS * width and not _is_cut_aside(track):
        return Heading.RIGHT if aside > 0 else Heading.LEFT
    growth = last.height / first.height if first.height > 0 else 1.0
    # Half an animal that comes into the frame grows too, but nearer it is not.
    if first.touches_edge() or last.touches_edge():
        return None
    if growth >= NEARER_GROWTH:
        return Heading.TOWARDS
    return Heading.AWAY if growth <= 1 / NEARER_GROWTH else None


def _is_cut_aside(track: Track) -> bool:
    # The frame cuts it left and right at once: its middle is the frame's, wherever it goes.
    return track.last.left <= 0.01 and track.last.right >= 0.99
