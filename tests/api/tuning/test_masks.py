from api.tuning.masks import SIDE, Zone, spots, without
from api.tuning.rules import Passage

STUMP = (0.31, 0.8)


def at_the_stump(count: int, *, nights: int = 6) -> list[Passage]:
    return [
        Passage(0.5, False, n % nights, foot=(STUMP[0] + n % 3 / 500, STUMP[1]))
        for n in range(count)
    ]


def elephants(*feet: tuple[float, float]) -> list[Passage]:
    return [Passage(0.8, True, n, foot=foot) for n, foot in enumerate(feet)]


def test_false_alarms_at_one_spot_offer_a_mask_with_its_cost() -> None:
    elsewhere = [Passage(0.5, False, n, foot=(n / 10, 0.5)) for n in range(8)]

    (spot,) = spots([*at_the_stump(20), *elsewhere, *elephants(*[(0.7, 0.8)] * 40)])

    assert spot.zone.holds(STUMP)
    assert (spot.alarms, spot.days, spot.elephants_there, spot.elephants) == (20, 6, 0, 40)
    assert spot.hides.high < 0.09
    assert spot.zone.right - spot.zone.left < SIDE


def test_where_elephants_walk_no_mask_is_offered() -> None:
    assert spots([*at_the_stump(20), *elephants(STUMP, *[(0.7, 0.8)] * 20)]) == []


def test_one_bad_night_is_no_spot() -> None:
    assert spots(at_the_stump(30, nights=1)) == []


def test_a_second_spot_is_found_behind_one_that_may_not_be_masked() -> None:
    web = [Passage(0.6, False, n, foot=(0.9, 0.4)) for n in range(6)]

    found = spots([*at_the_stump(20), *web, *elephants(STUMP, (0.5, 0.9))])

    assert [spot.zone.holds((0.9, 0.4)) for spot in found] == [True]


def test_a_mask_leaves_what_stands_elsewhere() -> None:
    left = without(at_the_stump(5) + elephants((0.7, 0.8)), [Zone(0.25, 0.75, 0.4, 0.85)])

    assert [each.is_elephant for each in left] == [True]
