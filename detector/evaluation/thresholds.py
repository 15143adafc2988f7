"""Choose from which confidence an elephant is believed, one threshold per lighting."""

from collections.abc import Mapping, Sequence

from detector.detection import Lighting
from detector.evaluation.looking import Seen
from detector.evaluation.rates import threshold_for

Thresholds = Mapping[Lighting, float]

LOWEST, HIGHEST = 0.05, 0.9  # what a few dozen pictures cannot justify going beyond


def rings(one: Seen, thresholds: Thresholds) -> bool:
    """Whether a picture is taken for one with an elephant."""
    return one.score >= thresholds[one.lighting]


def choose_thresholds(seen: Sequence[Seen], false_alarm_rate: float) -> dict[Lighting, float]:
    """Return the threshold per lighting at which that share of pictures without elephants rings.

    Pictures are grouped by the lighting the detector recognised, since that is what the station
    will go by. Rounded up to thousandths; a lighting without negatives takes all lightings'.
    """
    return {lighting: _threshold(seen, lighting, false_alarm_rate) for lighting in Lighting}


def _threshold(seen: Sequence[Seen], lighting: Lighting, false_alarm_rate: float) -> float:
    negatives = [one for one in seen if not one.picture.has_elephant]
    own = [one.score for one in negatives if one.lighting is lighting]
    exact = threshold_for(own or [one.score for one in negatives], false_alarm_rate)
    return min(max(-(-exact * 1000 // 1) / 1000, LOWEST), HIGHEST)
