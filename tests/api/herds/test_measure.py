from datetime import timedelta

import pytest

from api.herds.measure import Look, look, surprise
from api.position import LocalPlane
from tests.api.world import DUSK, VALLEY, place

PLANE = LocalPlane(VALLEY)
MINUTE = timedelta(minutes=1)


def at(east_m: float, minute: int, heading_deg: float | None = None) -> Look:
    moment = DUSK + minute * MINUTE
    return look(PLANE, place(east_m, 0), moment, moment, 3, 1, 3, heading_deg)


def test_who_goes_east_in_the_picture_is_expected_in_the_east_but_less_so_hours_later() -> None:
    def gained(minute: int) -> float:
        return surprise([at(0, 0, 270)], at(900, minute)) - surprise(
            [at(0, 0, 90)], at(900, minute)
        )

    assert gained(20) > 1.5
    assert 0 < gained(180) < gained(20) / 5


def test_where_nobody_saw_them_going_nothing_is_made_of_it() -> None:
    unknown = surprise([at(0, 0)], at(900, 20))

    across = surprise([at(0, 0, 0)], at(900, 20, 180))  # speaks for neither
    assert across == pytest.approx(unknown)
    assert surprise([at(0, 0)], at(900, 20, 270)) > unknown > surprise([at(0, 0)], at(900, 20, 90))


def test_at_the_same_camera_every_way_is_as_likely() -> None:
    assert surprise([at(0, 0, 90)], at(0, 30, 270)) == surprise([at(0, 0)], at(0, 30))
