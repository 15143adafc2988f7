import time

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.contracts.ids import uuid7

moments = st.integers(0, 2**48 - 1)


@given(moments, moments)
def test_ids_sort_by_the_time_they_were_made(first_ms: int, second_ms: int) -> None:
    if first_ms == second_ms:
        return
    earlier, later = sorted((first_ms, second_ms))

    assert uuid7(earlier) < uuid7(later)
    assert str(uuid7(earlier)) < str(uuid7(later))


@given(moments)
def test_an_id_says_what_it_is_and_when_it_was_made(unix_ms: int) -> None:
    made = uuid7(unix_ms)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == unix_ms


def test_a_thousand_ids_of_one_instant_differ() -> None:
    now_ms = time.time_ns() // 1_000_000

    assert len({uuid7(now_ms) for _ in range(1000)}) == 1000
