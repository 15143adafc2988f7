import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import Label
from detector.training.sources.vocabulary import Meaning, Unlabelled, Vocabulary, plain_name


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("elephant", Label.ELEPHANT),
        ("Elephas maximus", Label.ELEPHANT),
        ("african_elephant", Label.ELEPHANT),
        ("Loxodonta_cyclotis", Label.ELEPHANT),
        ("elephant shrew", Label.ANIMAL),
        ("Homo sapiens", Label.PERSON),
        ("motorcycle", Label.VEHICLE),
        ("Bos gaurus", Label.ANIMAL),
        ("empty", Unlabelled.EMPTY),
        ("animal", Unlabelled.UNSURE),
        ("Mammalia", Unlabelled.UNSURE),
        ("unknown deer", Unlabelled.UNSURE),
        ("", Unlabelled.UNSURE),
    ],
)
def test_names_of_species_become_labels(name: str, meaning: Meaning) -> None:
    assert Vocabulary(otherwise=Label.ANIMAL).meaning(name) is meaning


def test_a_chair_is_no_animal() -> None:
    assert Vocabulary(otherwise=Unlabelled.IGNORE).meaning("chair") is Unlabelled.IGNORE


def test_the_user_has_the_last_word() -> None:
    vocabulary = Vocabulary.of(Label.ANIMAL, {"Animal": "elephant", "Cart_1": "vehicle"})

    assert vocabulary.meaning("animal") is Label.ELEPHANT
    assert vocabulary.meaning("cart-1") is Label.VEHICLE


def test_what_nobody_asked_for_means_nothing() -> None:
    vocabulary = Vocabulary(Label.ANIMAL, only=frozenset({Label.ELEPHANT}))

    assert vocabulary.meaning("deer") is Unlabelled.IGNORE
    assert vocabulary.meaning("elephant") is Label.ELEPHANT
    assert vocabulary.meaning("animal") is Unlabelled.UNSURE  # it may be one


def test_a_name_cannot_mean_what_we_have_no_word_for() -> None:
    with pytest.raises(ValueError, match="gazelle"):
        Vocabulary.of(Label.ANIMAL, {"impala": "gazelle"})


@given(st.text())
def test_any_name_means_something_however_it_is_written(name: str) -> None:
    vocabulary = Vocabulary(otherwise=Label.ANIMAL)

    assert vocabulary.meaning(name) is vocabulary.meaning(f"  {plain_name(name)}_")
