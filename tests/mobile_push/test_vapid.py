from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from mobile_push.vapid import VapidKeyError, VapidKeys, VapidRefusedError, verify_header

ENDPOINT = "https://push.example.org/p/1"
DUSK = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
KEYS = VapidKeys.new(contact="mailto:rangers@example.org")


def verify(header: str, *, keys: VapidKeys = KEYS, now: datetime = DUSK) -> None:
    verify_header(header, endpoint=ENDPOINT, public_key=keys.public_key, now=now)


def test_a_push_service_accepts_our_signature() -> None:
    verify(KEYS.header_for(ENDPOINT, DUSK))


def test_a_stolen_token_serves_no_other_push_service() -> None:
    with pytest.raises(VapidRefusedError, match="elsewhere"):
        verify(KEYS.header_for("https://elsewhere.example/p/1", DUSK))


def test_a_token_of_yesterday_is_refused() -> None:
    with pytest.raises(VapidRefusedError, match="expired"):
        verify(KEYS.header_for(ENDPOINT, DUSK - timedelta(days=1)))


def test_a_token_for_eternity_is_refused() -> None:
    with pytest.raises(VapidRefusedError, match="longer than a day"):
        verify(KEYS.header_for(ENDPOINT, DUSK + timedelta(days=9)))


def test_another_sender_is_refused_even_under_our_name() -> None:
    header = VapidKeys.new().header_for(ENDPOINT, DUSK)
    with pytest.raises(VapidRefusedError, match="another sender"):
        verify(header)

    forged = header.partition(", k=")[0] + f", k={KEYS.public_key}"
    with pytest.raises(VapidRefusedError, match="signature"):
        verify(forged)


@given(st.text(max_size=80))
def test_any_other_header_is_refused_and_nothing_worse(header: str) -> None:
    with pytest.raises(VapidRefusedError):
        verify(header)
    with pytest.raises(VapidRefusedError):
        verify(f"vapid t={header}, k={KEYS.public_key}")


def test_one_signature_serves_an_origin_until_it_gets_old() -> None:
    keys = VapidKeys.new()
    first = keys.header_for(ENDPOINT, DUSK)

    assert keys.header_for("https://push.example.org/p/2", DUSK + timedelta(hours=10)) == first
    assert keys.header_for(ENDPOINT, DUSK + timedelta(hours=11, minutes=30)) != first


def test_a_clock_that_was_set_back_gets_a_token_it_can_use() -> None:
    keys = VapidKeys.new()
    keys.header_for(ENDPOINT, DUSK + timedelta(days=30))

    verify(keys.header_for(ENDPOINT, DUSK), keys=keys)


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "push" / "vapid.pem"

    first = VapidKeys.load_or_create(path)
    again = VapidKeys.load_or_create(path)

    assert first.public_key == again.public_key
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_key_file_is_never_replaced_silently(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\n")

    with pytest.raises(VapidKeyError, match=r"vapid\.pem"):
        VapidKeys.load_or_create(path)
    assert path.read_text() == "-----BEGIN PRIVATE KEY-----\n"


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    path.write_bytes(
        ec.generate_private_key(ec.SECP384R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )

    with pytest.raises(VapidKeyError, match="another kind"):
        VapidKeys.load_or_create(path)
