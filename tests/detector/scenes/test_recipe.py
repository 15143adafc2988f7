from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.scenes.recipe import (
    Kind,
    UnreadableRecipeError,
    draw_recipes,
    read_recipes,
)

GOOD = """
[[scene]]
id = "bull"
kind = "elephant"
lighting = "night_ir"
site_seed = 1
cast_seed = 2
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scene_is_read_with_its_seeds(tmp_path: Path) -> None:
    (recipe,) = read_recipes(written(tmp_path, GOOD))
    assert (recipe.id, recipe.site_seed, recipe.cast_seed) == ("bull", 1, 2)
    assert recipe.night


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no .*scene"),
        ("[[scene", "cannot read"),
        (GOOD + "colour = 3\n", "colour"),
        (GOOD.replace('"elephant"', '"mammoth"'), "kind"),
        (GOOD + GOOD, "same id"),
        (GOOD.replace("bull", "../bull"), "id"),
    ],
)
def test_a_bad_recipe_says_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UnreadableRecipeError, match=complaint):
        read_recipes(written(tmp_path, text))


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRecipeError, match="nowhere"):
        read_recipes(tmp_path / "nowhere.toml")


@given(seed=st.integers(0, 2**31), sequences=st.integers(1, 30), night_share=st.floats(0, 1))
def test_drawn_recipes_have_ids_of_their_own(seed: int, sequences: int, night_share: float) -> None:
    drawn = list(draw_recipes(seed, sequences, frames=3, night_share=night_share))
    assert len({recipe.id for recipe in drawn}) == sequences
    assert drawn == list(draw_recipes(seed, sequences, frames=3, night_share=night_share))


def test_the_night_share_rules_the_lighting() -> None:
    nights, days = (
        [recipe.night for recipe in draw_recipes(1, 20, frames=1, night_share=share)]
        for share in (1.0, 0.0)
    )
    assert all(nights)
    assert not any(days)


def test_one_kind_can_be_asked_for() -> None:
    drawn = draw_recipes(1, 12, frames=1, night_share=0.5, kind=Kind.DEER)
    assert {recipe.kind for recipe in drawn} == {Kind.DEER}
