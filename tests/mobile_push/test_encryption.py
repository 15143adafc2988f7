import hmac
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_push import encryption
from mobile_push.base64url import from_base64url, to_base64url
from mobile_push.encryption import (
    MAX_PLAIN_BYTES,
    PhoneKeys,
    UnreadablePushError,
    decrypt,
    encrypt,
    point_of,
)

# RFC 8291, section 5 and appendix A.
RFC_PLAIN = b"When I grow up, I want to be a watermelon"
RFC_SALT = "DGv6ra1nlYgDCS1FRnbzlw"
RFC_AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
RFC_SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RFC_PHONE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RFC_BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc"
    "InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLV"
    "WGNWQexSgSxsj_Qulcy4a-fN"
)
PHONE = PhoneKeys.new()
ADDRESS = PHONE.address("https://push.example.org/1")


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(text), "big"), ec.SECP256R1())


def test_the_rfcs_watermelon_is_encrypted_to_the_byte() -> None:
    phone = PhoneKeys(private_key(RFC_PHONE), from_base64url(RFC_AUTH))

    body = encrypt(
        RFC_PLAIN,
        phone.address("https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"),
        salt=from_base64url(RFC_SALT),
        sender_key=private_key(RFC_SENDER),
    )

    assert to_base64url(body) == RFC_BODY
    assert decrypt(body, phone) == RFC_PLAIN


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=MAX_PLAIN_BYTES))
def test_whatever_is_encrypted_is_read_again(payload: bytes) -> None:
    assert decrypt(encrypt(payload, ADDRESS), PHONE) == payload


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_one_flipped_bit_is_noticed(data: st.DataObject) -> None:
    body = bytearray(encrypt(b"elephants", ADDRESS))
    # Bytes 16 to 19 say the record's size, which one record does not need.
    at = data.draw(st.integers(0, len(body) - 1).filter(lambda i: not 16 <= i < 20))
    body[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(UnreadablePushError):
        decrypt(bytes(body), PHONE)


@given(st.binary(max_size=200))
def test_noise_is_unreadable_and_nothing_worse(noise: bytes) -> None:
    with pytest.raises(UnreadablePushError):
        decrypt(noise, PHONE)


def test_another_phone_with_the_same_auth_reads_nothing() -> None:
    other = PhoneKeys(PhoneKeys.new().private_key, PHONE.auth)

    with pytest.raises(UnreadablePushError):
        decrypt(encrypt(b"elephants", ADDRESS), other)


def test_the_same_words_never_look_the_same_twice() -> None:
    assert encrypt(b"elephants", ADDRESS) != encrypt(b"elephants", ADDRESS)


def test_one_byte_too_many_for_a_record_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        encrypt(bytes(MAX_PLAIN_BYTES + 1), ADDRESS)


@given(st.binary(max_size=80))
def test_base64url_agrees_with_the_padded_spelling(data: bytes) -> None:
    text = to_base64url(data)

    assert from_base64url(text) == data
    assert urlsafe_b64decode(text + "=" * (-len(text) % 4)) == data


@pytest.mark.parametrize("text", ["a", "ab+/", "ab cd", "äö", "abcd\n"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        from_base64url(text)


def test_a_point_has_65_bytes() -> None:
    assert len(point_of(PHONE.private_key)) == 65


@given(key=st.binary(max_size=64), message=st.binary(max_size=200))
def test_our_hmac_is_everybodys(key: bytes, message: bytes) -> None:
    assert encryption._hmac(encryption._pads(key), message) == hmac.digest(key, message, "sha256")
