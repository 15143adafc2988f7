from edge_agent.drops.passwords import hash_password, is_password_hash, matches


def test_only_the_hashed_password_matches() -> None:
    line = hash_password("päss wörd")

    assert is_password_hash(line)
    assert "päss" not in line
    assert matches("päss wörd", line)
    assert not matches("pass word", line)


def test_an_unknown_name_matches_nothing() -> None:
    assert not matches("", None)


def test_the_same_password_is_hashed_anew_for_each_camera() -> None:
    assert hash_password("a") != hash_password("a")
