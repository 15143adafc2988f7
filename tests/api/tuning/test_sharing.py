import pytest

from api.tuning.rules import Evidence, Passage
from api.tuning.sharing import Sharing


def a_camera(false_at: float, elephants_at: float, *, false: int = 60) -> Evidence:
    others = [Passage(false_at, False, day) for day in range(false)]
    seen = [Passage(elephants_at, True, day) for day in range(60)]
    return Evidence((*others, *seen), 100, told_from=0.3)


def test_only_the_camera_with_the_stump_becomes_strict() -> None:
    sharing = Sharing({"stump": a_camera(0.6, 0.8), "quiet": a_camera(0.32, 0.5)})

    shared = sharing.at_recall(0.9)
    expected = sharing.expected(shared)

    assert shared["stump"] > 0.6
    assert shared["quiet"] < 0.45
    assert expected.recall >= 0.9
    assert expected.false_per_day < 0.1 * sharing.expected(dict.fromkeys(shared, 0.4)).false_per_day


def test_dearer_elephants_make_milder_thresholds() -> None:
    sharing = Sharing({"ridge": a_camera(0.5, 0.55)})

    cheap, dear = (sharing.at_price(price)["ridge"] for price in (0.1, 100))

    assert dear < cheap


def test_a_recall_that_nobody_reaches_gives_the_mildest_that_is_known() -> None:
    sharing = Sharing({"ridge": a_camera(0.5, 0.4)})

    assert sharing.at_recall(1.0) == {"ridge": pytest.approx(0.3)}
