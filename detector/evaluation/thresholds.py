"""Choose from which confidence an elephant is believed, one threshold per lighting."""

from collections.abc import Mapping, Sequence

from detector.detection import Lighting
from detector.evaluation.looking import Seen
from detector.evaluation.rates import threshold_for

Thresholds = Mapping[Lighting, float]

LOWEST, HIGHEST = 0.05, 0.9  # what a few dozen pictures cannot justify going beyond
ENOUGH = 10  # pictures without elephants, from which on one of them may ring


def rings(one: Seen, thresholds: Thresholds) -> bool:
    """Whether a picture is taken for one with an elephant."""
    return one.score >= thresholds[one.lighting]


def choose_thresholds(seen: Sequence[Seen], false_alarm_rate: float) -> dict[Lighting, float]:
    """Return the threshold per lighting at which that share of pictures without elephants rings.

    Pictures are grouped by the lighting the detector recognised, since that is what the station
    will go by. One picture may always ring: fewer than fifty cannot show 2 %, and to let their
    surest deceiver decide would cost more elephants than it saves sleep. Between the surest picture
    that must be silent and the least sure elephant that rings, the middle is taken: it loses none,
    and the next camera, or a network in integers, may be a little surer. Rounded up to thousandths;
    a lighting without negatives takes all lightings'.
    """
    return {lighting: _threshold(seen, lighting, false_alarm_rate) for lighting in Lighting}


def _threshold(seen: Sequence[Seen], lighting: Lighting, false_alarm_rate: float) -> float:
    own = [one for one in seen if one.lighting is lighting]
    judged = own if any(not one.picture.has_elephant for one in own) else seen
    silent = [one.score for one in judged if not one.picture.has_elephant]
    rate = max(false_alarm_rate, 1 / len(silent)) if len(silent) >= ENOUGH else false_alarm_rate
    lowest = threshold_for(silent, rate)
    found = [one.score for one in judged if one.picture.has_elephant and one.score >= lowest]
    middle = (lowest + min(found, default=lowest)) / 2
    return min(max(-(-middle * 1000 // 1) / 1000, LOWEST), HIGHEST)
