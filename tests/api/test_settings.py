import pytest

from api.errors import SetUpError
from api.settings import ServerSettings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_PUSH_ALLOWED_ORIGINS", "http://127.0.0.1:9, https://push.example")


def test_origins_are_a_list_in_one_variable() -> None:
    wanted = ("http://127.0.0.1:9", "https://push.example")
    assert ServerSettings.read().push_allowed_origins == wanted


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_PORT", "8001")

    assert ServerSettings.read(port=None).port == 8001
    assert ServerSettings.read(port=8002).port == 8002


def test_the_embedded_broker_cannot_share() -> None:
    with pytest.raises(SetUpError, match="needs an external broker"):
        ServerSettings.read(link_share="group")


@pytest.mark.parametrize(("url", "secure"), [("https://a.example", True), ("http://a.lan", False)])
def test_the_cookie_is_secure_where_people_come_over_tls(url: str, secure: bool) -> None:
    assert ServerSettings.read(public_url=url).is_secure is secure
