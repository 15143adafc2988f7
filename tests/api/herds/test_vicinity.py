"""Which herds an event can concern; telling only those anew says what telling all would say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from api.herds.measure import Look, farthest_m, roaming
from api.herds.numbers import sizes
from api.herds.vicinity import vicinity

AT_MOST = 9.2


def a_look(east_km: float, since_h: float, north_km: float = 0.0) -> Look:
    return Look(1000 * east_km, 1000 * north_km, since_h, since_h + 0.1, sizes(1, 4, 4))


def test_a_herd_in_the_next_valley_has_no_part() -> None:
    looks = {"here": [a_look(0, 0)], "beside": [a_look(2, 1)], "far": [a_look(60, 1)]}

    assert vicinity("here", looks, AT_MOST) == {"here", "beside"}


def test_herds_about_those_about_count_too() -> None:
    looks = {name: [a_look(4 * number, number)] for number, name in enumerate("abcd")}

    assert vicinity("a", looks, AT_MOST) == set("abcd")


def test_herds_at_the_same_place_hours_apart_have_nothing_to_do_with_each_other() -> None:
    assert vicinity("a", {"a": [a_look(0, 0)], "b": [a_look(0, 7)]}, AT_MOST) == {"a"}


def test_a_herd_that_was_never_seen_is_alone() -> None:
    assert vicinity("a", {"a": [], "b": [a_look(0, 0)]}, AT_MOST) == {"a"}


looks = st.builds(
    a_look,
    east_km=st.floats(-40, 40),
    since_h=st.floats(0, 12),
    north_km=st.floats(-40, 40),
)


@given(looks, looks, st.floats(0, 15))
def test_nobody_roams_beyond_what_is_called_farthest(one: Look, other: Look, most: float) -> None:
    far = max(abs(one.east_m - other.east_m), abs(one.north_m - other.north_m))

    assert roaming(one, other) > most or far <= farthest_m(most)


@given(st.lists(st.lists(looks, min_size=1, max_size=3), min_size=2, max_size=8))
@settings(max_examples=50)
def test_whoever_is_left_out_can_exchange_nothing_with_those_within(
    herds: list[list[Look]],
) -> None:
    everybody = dict(enumerate(herds))
    within = vicinity(0, everybody, AT_MOST)

    for herd, theirs in everybody.items():
        if herd not in within:
            assert all(
                roaming(one, other) > AT_MOST
                for near in within
                for one in everybody[near]
                for other in theirs
            )
