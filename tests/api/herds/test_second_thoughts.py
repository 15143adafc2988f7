from hypothesis import given
from hypothesis import strategies as st

from api.herds.measure import Look, surprise
from api.herds.numbers import sizes
from api.herds.rules import MOST_SURPRISE
from api.herds.second_thoughts import IMPOSSIBLE, Strand, Weaving


def a_look(east_m: float, hour: float, animals: int = 3, looks: int = 2) -> Look:
    return Look(east_m, 0.0, hour, hour + 0.05, sizes(looks, looks * animals, animals))


def surprise_of(looks: list[Look], strands: list[Strand]) -> float:
    total = 0.0
    for strand in strands:
        way: list[Look] = []
        for event in strand.events:
            total += min(surprise(way, looks[event]), IMPOSSIBLE) if way else MOST_SURPRISE
            way.append(looks[event])
    return total


def in_order(looks: list[Look]) -> list[Strand]:
    ways: list[list[int]] = []
    for event, look in enumerate(looks):
        able = [(surprise([looks[n] for n in way], look), k) for k, way in enumerate(ways)]
        least, nearest = min(able, default=(MOST_SURPRISE, -1))
        if nearest < 0 or least > MOST_SURPRISE:
            ways.append([event])
        else:
            ways[nearest].append(event)
    return [Strand(-1, tuple(way)) for way in ways]


looks_in_order = st.lists(
    st.builds(
        a_look,
        st.sampled_from([0.0, 700.0, 1500.0, 3000.0]),
        st.integers(0, 72).map(lambda n: n / 12),
        st.sampled_from([1, 3, 9]),
        st.sampled_from([1, 5]),
    ),
    min_size=1,
    max_size=9,
).map(lambda looks: sorted(looks, key=lambda look: look.since_h))


@given(looks_in_order)
def test_looked_at_as_a_whole_it_is_never_more_surprising_than_told_in_order(
    looks: list[Look],
) -> None:
    woven = Weaving(looks, [], MOST_SURPRISE).woven()

    assert sorted(event for strand in woven for event in strand.events) == list(range(len(looks)))
    assert surprise_of(looks, woven) <= surprise_of(looks, in_order(looks)) + 1e-6


def test_many_looks_tell_herds_apart_that_one_look_does_not() -> None:
    def herds(looks: int) -> int:
        seen = [a_look(0, 0, 2, looks), a_look(2400, 0.6, 5, looks)]
        return len(Weaving(seen, [], MOST_SURPRISE).woven())

    assert (herds(1), herds(8)) == (1, 2)
