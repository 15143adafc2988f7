from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ledger.rules import (
    START,
    Entry,
    Note,
    Step,
    canonical,
    chained,
    hash_of,
)
from tests.api.chains import first_break

NOW = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)

facts = st.dictionaries(
    st.text(max_size=8), st.integers() | st.text(max_size=8) | st.booleans() | st.none(), max_size=3
)
notes = st.builds(Note, st.sampled_from(Step), st.uuids().map(str), facts)
chains = st.lists(notes, min_size=2, max_size=8).map(
    lambda several: chained("valley", START, several, NOW)
)
TEXT_FIELDS = ("alert_id", "body", "previous", "hash")


def a_chain(length: int = 3, site_id: str = "valley") -> list[Entry]:
    several = [Note(Step.SENT, f"alert-{number}", {"n": number}) for number in range(length)]
    return chained(site_id, START, several, NOW)


@given(chains)
def test_an_untouched_chain_holds_also_in_parts(chain: list[Entry]) -> None:
    assert first_break("valley", chain) is None
    assert first_break("valley", chain[1:], chain[0].head) is None


@given(chains, st.data())
def test_any_changed_byte_is_found_where_it_is(chain: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 1))
    name = data.draw(st.sampled_from(TEXT_FIELDS))
    text = getattr(chain[at], name)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda letter: letter != text[place]))

    chain[at] = replace(chain[at], **{name: text[:place] + other + text[place + 1 :]})

    found = first_break("valley", chain)
    assert found is not None
    assert found.number == at + 1


@given(chains, st.data())
def test_a_dropped_entry_is_missed(chain: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 2))

    del chain[at]

    found = first_break("valley", chain)
    assert found is not None
    assert (found.number, found.reason) == (at + 1, f"entry {at + 1} is missing")


@given(chains, st.data())
def test_swapped_entries_are_found_even_with_their_numbers_mended(
    chain: list[Entry], data: st.DataObject
) -> None:
    first, second = sorted(
        data.draw(st.lists(st.integers(0, len(chain) - 1), min_size=2, max_size=2, unique=True))
    )

    chain[first], chain[second] = (
        replace(chain[second], number=first + 1),
        replace(chain[first], number=second + 1),
    )

    found = first_break("valley", chain)
    assert found is not None
    assert found.number == first + 1
    assert "moved" in found.reason


@given(chains, st.data())
def test_an_entry_written_anew_breaks_the_next(chain: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 2))
    forged = chained("valley", chain[at - 1].head if at else START, [A_LIE], NOW)

    chain[at] = forged[0]

    found = first_break("valley", chain)
    assert found is not None
    assert found.number == at + 2


A_LIE = Note(Step.SHOWN, "alert", {"it": "was shown"})


def test_another_site_s_chain_cannot_stand_in() -> None:
    found = first_break("valley", a_chain(site_id="elsewhere"))

    assert found is not None
    assert found.reason == "entry 1 was moved there: it is number 1 of elsewhere"


def test_words_that_are_none_of_ours_are_a_change_and_no_crash() -> None:
    for body in ("[]", "{}", "no JSON", "7"):
        forged = Entry(1, "alert", body, START.hash, hash_of(START.hash, body))

        found = first_break("valley", [forged])

        assert found is not None
        assert found.reason == "entry 1 was changed"


def test_a_chain_alone_cannot_know_that_its_end_was_cut_off() -> None:
    assert first_break("valley", a_chain(5)[:3]) is None


def test_a_time_is_spelt_alike_in_every_zone() -> None:
    in_china = NOW.astimezone(timezone(timedelta(hours=8)))

    assert canonical({"at": in_china}) == canonical({"at": NOW})
    assert canonical({"at": NOW}) == '{"at":"2026-11-22T11:30:00.000000Z"}'


@pytest.mark.parametrize("strange", [object(), {1, 2}, b"bytes"])
def test_what_has_no_one_spelling_is_refused(strange: object) -> None:
    with pytest.raises(TypeError, match="cannot be part of the ledger"):
        canonical({"x": strange})
