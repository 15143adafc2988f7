from collections.abc import Sequence

import pytest

from api.tuning.rules import Evidence, Passage, Promise, curve, recommend, weighed

PROMISE = Promise(one_in_days=50, confidence=0.95)


def false_alarms(scores: Sequence[float], *, first_day: int = 0) -> list[Passage]:
    return [Passage(score, is_elephant=False, day=first_day + n) for n, score in enumerate(scores)]


def elephants(scores: Sequence[float], weight: float = 1.0) -> list[Passage]:
    return [Passage(score, True, 100 + n, weight) for n, score in enumerate(scores)]


def evidence(*passages: Passage, days: float = 300, told_from: float = 0.4) -> Evidence:
    return Evidence(passages, days, told_from)


def test_the_mildest_threshold_that_keeps_the_promise_is_recommended() -> None:
    seen = evidence(*false_alarms([0.45] * 9 + [0.62, 0.55]), *elephants([0.7, 0.8]))

    found = recommend(seen, PROMISE)

    # In 300 days up to two alarms prove less than one in 50 days: 6.30 / 300 is too many.
    assert found.threshold == 0.56


def test_too_few_days_recommend_nothing_and_say_how_many_are_missing() -> None:
    found = recommend(evidence(days=100), PROMISE)

    assert found.threshold is None
    assert found.days_missing == pytest.approx(2.9957 * 50 - 100, abs=0.01)


def test_what_nobody_reviewed_counts_as_false() -> None:
    unseen = [Passage(0.5, None, day) for day in range(10)]

    assert recommend(evidence(*unseen), PROMISE).threshold == 0.51


def test_in_a_tenth_the_reviewed_speak_for_the_others() -> None:
    reviewed = [Passage(0.52, True, 1), Passage(0.53, False, 2)]
    unseen = [Passage(0.55, None, day) for day in range(3, 9)]

    known = weighed([*reviewed, *unseen])

    assert sum(each.weight for each in known if each.is_elephant) == pytest.approx(4)
    assert sum(each.weight for each in known if not each.is_elephant) == pytest.approx(4)


def test_a_windy_night_is_one_surprise_and_not_forty() -> None:
    calm = evidence(*false_alarms([0.5] * 40), days=4000)
    windy = evidence(*(Passage(0.5, False, day=7) for _ in range(40)), days=4000)

    at_most = [curve(each)[0].false_per_day_at_most for each in (calm, windy)]

    assert at_most[1] > 2 * at_most[0]


def test_nothing_is_said_below_what_stations_tell_unless_they_sample() -> None:
    plain = curve(evidence(*elephants([0.6])))
    sampled = curve(Evidence(tuple(elephants([0.6])), 300, 0.4, sample_weight=10))

    assert plain[0].threshold == 0.4
    assert sampled[0].threshold == 0.05


def test_samples_show_what_was_missed() -> None:
    told, missed = elephants([0.6] * 8), elephants([0.2], weight=2.0)
    points = curve(Evidence((*told, *missed), 300, 0.4, sample_weight=2))

    at_told = next(point for point in points if point.threshold == 0.4)
    assert at_told.recall.estimate == pytest.approx(0.8)
    assert at_told.recall.low < 0.6
    assert at_told.missed_per_day == pytest.approx(2 / 300)


def test_no_sample_below_is_no_proof_that_nothing_is_there() -> None:
    quiet = Evidence((), days=1000, told_from=0.4, sample_weight=20)

    found = recommend(quiet, PROMISE)

    assert found.threshold == 0.4
    assert found.stopped_by == "evidence"


def test_a_stricter_threshold_never_promises_more_alarms() -> None:
    seen = Evidence(
        (*false_alarms([0.05, 0.2, 0.3, 0.41, 0.5, 0.9] * 5), *elephants([0.3, 0.7])), 200, 0.4, 10
    )

    bounds = [point.false_per_day_at_most for point in curve(seen)]

    assert bounds == sorted(bounds, reverse=True)
