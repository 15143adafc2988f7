import pytest

from api.deliveries.reach import EVERYBODY, Reach

LIST = Reach(frozenset({"+8613800000000", "http://127.0.0.1:9999", "site:drill"}))


@pytest.mark.parametrize(
    ("site_id", "address", "is_allowed"),
    [
        ("valley", "+8613800000000", True),
        ("valley", "+8613800000001", False),
        ("valley", "http://127.0.0.1:9999/push/abc", True),
        ("valley", "http://127.0.0.1:9998/push/abc", False),
        ("valley", "https://push.example.org/abc", False),
        ("drill", "https://push.example.org/abc", True),
    ],
)
def test_a_server_in_test_mode_reaches_its_list_alone(
    site_id: str, address: str, is_allowed: bool
) -> None:
    assert LIST.allows(site_id, address) is is_allowed
    assert EVERYBODY.allows(site_id, address)


def test_an_empty_list_reaches_nobody() -> None:
    assert not Reach(frozenset()).allows("valley", "+8613800000000")
