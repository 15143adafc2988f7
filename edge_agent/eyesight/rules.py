"""What one glimpse says of a camera, held against its normal. Pure; one glimpse alarms nobody."""

from datetime import timedelta
from enum import StrEnum

import numpy as np

from edge_agent.eyesight.glimpse import Glimpse, Light
from edge_agent.eyesight.normal import Normal


class Finding(StrEnum):
    """What a glimpse looks like. `unsure` speaks neither for nor against the camera."""

    FINE = "fine"
    UNSURE = "unsure"
    COVERED = "covered"
    MOVED = "moved"
    DEFOCUSED = "defocused"
    DARK = "dark"
    STUCK = "stuck"


# How long a finding must stand. Fog lasts an hour, a herd may stand before the lens for minutes;
# nothing alive leaves two frames the same to the last pixel.
MUST_STAND = {
    Finding.COVERED: timedelta(minutes=90),
    Finding.DEFOCUSED: timedelta(minutes=90),
    Finding.DARK: timedelta(minutes=90),
    Finding.MOVED: timedelta(minutes=20),
    Finding.STUCK: timedelta(minutes=10),
}
MUST_BE_SEEN = 6
"""Glimpses that must have found the same, however far apart they were taken."""

# Fitted on eleven clips of nine road cameras, see docs/guides/operator.md.
_FEATURELESS_BELOW = 1.2
_COVERED_SHARE = 0.3
_MOVED_LIKENESS = 0.33
_SOFTER_BY = 1.0
_SOFTER_BY_SPREADS = 5.0


def judge(glimpse: Glimpse, normal: Normal, *, dark_is_usual: bool) -> Finding:
    """Say what a glimpse looks like.

    Args:
        glimpse: the frame.
        normal: of this camera in this light.
        dark_is_usual: whether this camera is mostly black at this hour.
    """
    if glimpse.light is Light.DARK:
        return Finding.UNSURE if dark_is_usual else Finding.DARK
    if float(np.max(glimpse.detail)) < _FEATURELESS_BELOW:
        return Finding.COVERED
    if not normal.is_known:
        return Finding.UNSURE
    softer_by = normal.usual_sharpness - glimpse.sharpness
    is_soft = softer_by > max(_SOFTER_BY, _SOFTER_BY_SPREADS * normal.sharpness_spread)
    likeness = normal.likeness_of(glimpse) / max(normal.usual_likeness, 0.1)
    if likeness < _MOVED_LIKENESS:
        # Sharp, and another place; or nothing that could be called a place.
        return Finding.COVERED if is_soft else Finding.MOVED
    if normal.changed_share(glimpse) >= _COVERED_SHARE:
        return Finding.COVERED
    return Finding.DEFOCUSED if is_soft else Finding.FINE
