import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_push.base64url import to_base64url
from mobile_push.encryption import PhoneKeys
from mobile_push.phone_address import BadAddressError, EndpointPolicy, PhoneAddress, origin_of

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"
KEYS = PhoneKeys.new().address(ENDPOINT).keys
POLICY = EndpointPolicy()


def test_a_browsers_keys_are_read_padded_or_not() -> None:
    bare = PhoneAddress.parse(ENDPOINT, KEYS["p256dh"], KEYS["auth"])
    padded = PhoneAddress.parse(ENDPOINT, KEYS["p256dh"] + "=", KEYS["auth"] + "==")

    assert bare == padded
    assert bare.keys == KEYS


@pytest.mark.parametrize(
    ("p256dh", "auth", "said"),
    [
        pytest.param("", KEYS["auth"], "p256dh has 0 bytes", id="no point"),
        pytest.param(
            to_base64url(b"\x04" + bytes(64)), KEYS["auth"], "not a point", id="off the curve"
        ),
        pytest.param(to_base64url(b"\x05" + bytes(64)), KEYS["auth"], "not a point", id="no form"),
        pytest.param("ä", KEYS["auth"], "p256dh is not base64url", id="no base64url"),
        pytest.param(
            KEYS["p256dh"], to_base64url(bytes(15)), "auth has 15 bytes, not 16", id="short secret"
        ),
    ],
)
def test_bad_keys_are_refused_by_name(p256dh: str, auth: str, said: str) -> None:
    with pytest.raises(BadAddressError, match=said):
        PhoneAddress.parse(ENDPOINT, p256dh, auth)


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://web.push.apple.com/QGu",
        "https://wns2-par02p.notify.windows.com/w/?token=x",
        "https://fcm.googleapis.com:443/fcm/send/abc",
    ],
)
def test_the_push_services_of_the_world_are_allowed(endpoint: str) -> None:
    POLICY.check(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/x",
        "https://localhost/x",
        "https://printer.local/x",
        "https://db.internal/x",
        "https://db.internal./x",
        "https://intranet/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://0x7f.0.0.1/x",
        "https://2130706433/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://evil.example/\r\nHost: inside",
        "https://",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://host.example:99999/x",
        "https://" + "a" * 1100 + ".example/x",
    ],
)
def test_a_phone_cannot_send_the_server_into_its_own_network(endpoint: str) -> None:
    with pytest.raises(BadAddressError):
        POLICY.check(endpoint)


def test_an_allowed_origin_is_allowed_on_its_own_port_alone() -> None:
    policy = EndpointPolicy(frozenset({"http://127.0.0.1:8200"}))

    policy.check("http://127.0.0.1:8200/push/1")
    with pytest.raises(BadAddressError):
        policy.check("http://127.0.0.1:8201/push/1")
    with pytest.raises(BadAddressError):
        policy.check("http://127.0.0.1:8200@evil.example/push/1")


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_bad_one(text: str) -> None:
    try:
        POLICY.check(text)
    except BadAddressError:
        return
    assert text.lower().startswith("https://")


def test_an_origin_drops_its_schemes_own_port() -> None:
    assert origin_of("https://push.example.org:443/a/b?c") == "https://push.example.org"
    assert origin_of("http://127.0.0.1:8200/a") == "http://127.0.0.1:8200"
