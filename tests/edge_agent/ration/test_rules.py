from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.contracts.messages import Lighting
from edge_agent.contracts.samples import Stratum
from edge_agent.ration.rules import (
    WINDOW,
    Cell,
    Reservoir,
    cell_of,
    places_in,
    shares,
    window_began_at,
)
from tests.edge_agent.builders import DUSK, a_look

CELLS = [Cell(light, stratum) for light in Lighting for stratum in Stratum]
shown_frames = st.dictionaries(st.sampled_from(CELLS), st.integers(0, 50))


@pytest.mark.parametrize(
    ("score", "stratum"),
    [((), Stratum.EMPTY), ((0.06, 0.2), Stratum.LOW), ((0.06, 0.22), Stratum.NEAR)],
)
def test_a_frame_belongs_where_its_surest_doubt_is(
    score: tuple[float, ...], stratum: Stratum
) -> None:
    assert cell_of(a_look(doubtful=score)) == Cell(Lighting.NIGHT_IR, stratum)


def test_every_frame_has_the_same_chance_whenever_it_came() -> None:
    drawn: Counter[int] = Counter()
    for seed in range(4000):
        reservoir: Reservoir[int] = Reservoir(2, Random(seed))
        for frame in range(8):
            place = reservoir.draw()
            if place is not None:
                reservoir.put(place, frame)
        drawn.update(reservoir.held)

    assert all(drawn[frame] == pytest.approx(4000 * 2 / 8, rel=0.1) for frame in range(8))


@given(shown=shown_frames, places=st.integers(0, 40), seed=st.integers())
def test_no_more_is_drawn_than_there_are_places_and_no_place_stays_empty(
    shown: dict[Cell, int], places: int, seed: int
) -> None:
    given_ = shares(shown, places, Random(seed))

    assert sum(share.places for share in given_.values()) == min(places, sum(shown.values()))
    for cell, share in given_.items():
        assert 1 <= share.places <= shown[cell]
        assert 0 < share.inclusion_probability <= 1


@settings(max_examples=20)
@given(shown=shown_frames.filter(lambda s: any(s.values())), places=st.integers(1, 12))
def test_the_weights_of_what_is_drawn_add_up_to_what_was_seen(
    shown: dict[Cell, int], places: int
) -> None:
    cells = sum(1 for frames in shown.values() if frames)
    tries = 200 if places < cells else 1
    total = 0.0
    for seed in range(tries):
        drawn = shares(shown, places, Random(seed)).values()
        total += sum(share.places / share.inclusion_probability for share in drawn)

    assert total / tries == pytest.approx(sum(shown.values()), rel=0.5 if tries > 1 else 1e-9)


def test_what_was_nearly_believed_gets_the_places_that_are_left() -> None:
    day = {stratum: Cell(Lighting.DAY, stratum) for stratum in Stratum}

    drawn = shares({day[Stratum.EMPTY]: 900, day[Stratum.NEAR]: 9}, 3, Random(1))

    assert {cell.stratum: share.places for cell, share in drawn.items()} == {
        Stratum.NEAR: 2,
        Stratum.EMPTY: 1,
    }


@given(per_day=st.integers(0, 480))
def test_the_windows_of_a_day_share_out_the_whole_ration(per_day: int) -> None:
    midnight = DUSK.replace(hour=0, minute=0)
    windows = [midnight + number * WINDOW for number in range(8)]

    assert sum(places_in(window, per_day) for window in windows) == per_day
    assert {window_began_at(w + timedelta(minutes=179)) for w in windows} == set(windows)
