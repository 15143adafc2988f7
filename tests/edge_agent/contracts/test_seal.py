import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_agent.contracts.errors import ForgedMessageError, UnreadableMessageError
from edge_agent.contracts.seal import broker_password, open_sealed, seal

keys = st.binary(min_size=32, max_size=32)
topic_names = st.text(min_size=1, max_size=60)
bodies = st.binary(max_size=200)


@given(keys, topic_names, bodies)
def test_what_is_sealed_opens_as_it_was(key: bytes, topic: str, body: bytes) -> None:
    assert open_sealed(key, topic, seal(key, topic, body)) == body


@given(keys, topic_names, bodies, st.data())
def test_one_flipped_bit_anywhere_is_found(
    key: bytes, topic: str, body: bytes, data: st.DataObject
) -> None:
    payload = bytearray(seal(key, topic, body))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((ForgedMessageError, UnreadableMessageError)):
        open_sealed(key, topic, bytes(payload))


@given(keys, keys, topic_names, bodies)
def test_another_station_s_key_seals_nothing_of_ours(
    key: bytes, other: bytes, topic: str, body: bytes
) -> None:
    assume(key != other)
    with pytest.raises(ForgedMessageError):
        open_sealed(key, topic, seal(other, topic, body))


@given(keys, topic_names, topic_names, bodies)
def test_a_message_cannot_be_moved_to_another_topic(
    key: bytes, topic: str, other: str, body: bytes
) -> None:
    assume(topic != other)
    with pytest.raises(ForgedMessageError):
        open_sealed(key, other, seal(key, topic, body))


def test_bytes_cannot_wander_from_the_body_into_the_topic() -> None:
    key = bytes(32)
    sealed = seal(key, "a/b", b"c body")
    mac = sealed[:65]

    with pytest.raises(ForgedMessageError):
        open_sealed(key, "a/bc", mac + b" body")


@given(keys, topic_names, st.binary(max_size=200))
def test_arbitrary_bytes_are_unreadable_or_forged_and_nothing_else(
    key: bytes, topic: str, payload: bytes
) -> None:
    with pytest.raises((ForgedMessageError, UnreadableMessageError)):
        open_sealed(key, topic, payload)


def test_a_broker_learns_nothing_it_could_seal_with() -> None:
    key = bytes(range(32))

    password = broker_password(key)

    assert key.hex() not in password
    with pytest.raises(ForgedMessageError):
        open_sealed(key, "t", seal(bytes.fromhex(password), "t", b""))
