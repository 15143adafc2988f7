import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.sources.card import CardError, count, format_card, slug, write_card
from detector.training.sources.listing import list_folder

AddPicture = Callable[..., Path]
TODAY = date(2026, 11, 22)


def test_a_card_counts_by_split_light_label_and_source(
    tmp_path: Path, add_picture: AddPicture
) -> None:
    add_picture(tmp_path, "a.jpg", labels="0 0.5 0.5 0.2 0.2\n" * 2, sequence_id="1")
    add_picture(tmp_path, "b.jpg", labels="", sequence_id="1", licence="")
    add_picture(tmp_path, "c.jpg", split="val", lighting="thermal", source_repo="other")

    write_card(tmp_path / "dataset.toml", "mine", count(list_folder(tmp_path)), today=TODAY)

    card = tomllib.loads((tmp_path / "dataset.toml").read_text())
    assert card["counts"] == {"pictures": 3, "empty": 1, "sequences": 2, "boxes": {"elephant": 3}}
    assert [(g["split"], g["lighting"], g["pictures"]) for g in card["group"]] == [
        ("train", "day", 2),
        ("val", "thermal", 1),
    ]
    assert card["licences"] == ["CC0-1.0", "unstated"]
    assert [(s["name"], s["pictures"]) for s in card["source"]] == [("ours/night", 2), ("other", 1)]


def test_what_people_wrote_survives_a_new_count(tmp_path: Path, add_picture: AddPicture) -> None:
    path = tmp_path / "dataset.toml"
    add_picture(tmp_path, "a.jpg")
    write_card(path, "mine", count(list_folder(tmp_path)), today=TODAY)
    path.write_text(path.read_text().replace('fetch = ""', 'fetch = "ask \\"Mei\\""'))
    add_picture(tmp_path, "b.jpg")

    write_card(path, "mine", count(list_folder(tmp_path)), today=TODAY)

    card = tomllib.loads(path.read_text())
    assert card["fetch"] == 'ask "Mei"'
    assert card["counts"]["pictures"] == 2


def test_a_card_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "dataset.toml"
    path.write_text("what = broken")

    with pytest.raises(CardError, match="left as it is"):
        write_card(path, "mine", [], today=TODAY)
    assert path.read_text() == "what = broken"


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_survives_the_way_through_toml(text: str) -> None:
    by_hand = dict.fromkeys(("what", "url", "fetch", "note"), text)

    card = tomllib.loads(format_card(text, [], by_hand, today=TODAY))

    assert card["name"] == card["note"] == text


def test_a_source_becomes_a_folders_name() -> None:
    assert slug("Owner/Some_Repo (git history)") == "owner-some-repo-git-history"
    assert slug("../..") == "unnamed"
