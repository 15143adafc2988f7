"""What the names in other people's datasets mean in ours: four labels, nothing, or unsure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from detector.detection import Label


class Unlabelled(StrEnum):
    """Names that are none of our labels."""

    EMPTY = "empty"  # nobody was there
    UNSURE = "unsure"  # may be an elephant: the picture teaches nothing
    IGNORE = "ignore"  # a chair


Meaning = Label | Unlabelled

_ELEPHANT = frozenset(
    {"elephant", "elephants", "elephas", "loxodonta", "elephantidae", "proboscidea"}
)
_NAMED_AFTER_ELEPHANTS = frozenset({"shrew", "shrews", "seal", "seals", "ear", "grass"})
_PERSON = frozenset(
    {"person", "persons", "people", "human", "humans", "man", "woman", "child", "ranger", "hunter"}
    | {"pedestrian", "homo sapiens", "homo", "hominidae"}
)
_VEHICLE = frozenset(
    {"vehicle", "vehicles", "car", "truck", "lorry", "bus", "van", "motorcycle", "motorbike"}
    | {"scooter", "bicycle", "bike", "train", "tractor", "jeep", "rickshaw", "boat"}
)
_ANIMAL = frozenset(
    {"bird", "cat", "dog", "horse", "sheep", "cow", "cattle", "bear", "zebra", "giraffe", "deer"}
    | {"goat", "pig", "boar", "wild boar", "buffalo", "gaur", "rhino", "tiger", "leopard", "monkey"}
)
_EMPTY = frozenset(
    {"empty", "blank", "nothing", "none", "background", "false trigger", "no animal", "null"}
)
_UNSURE = frozenset(
    {"", "animal", "animals", "wildlife", "mammal", "mammals", "mammalia", "animalia", "chordata"}
    | {"unknown", "unidentified", "unclassified", "unidentifiable", "unlabeled", "unlabelled"}
    | {"misc", "other", "others", "vertebrata", "herbivore", "not sure", "problem", "no cv result"}
)
_DOUBTFUL = frozenset({"unknown", "unidentified", "unidentifiable", "unclassified"})
_KNOWN: dict[str, Meaning] = {
    **dict.fromkeys(_PERSON, Label.PERSON),
    **dict.fromkeys(_VEHICLE, Label.VEHICLE),
    **dict.fromkeys(_ANIMAL, Label.ANIMAL),
    **dict.fromkeys(_EMPTY, Unlabelled.EMPTY),
    **dict.fromkeys(_UNSURE, Unlabelled.UNSURE),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Decides what a name means; `overrides` (plain names) come first, `otherwise` comes last.

    Labels that are not in `only` mean nothing: a deer without a box is no elephant all the same.
    """

    otherwise: Meaning
    overrides: Mapping[str, Meaning] = field(default_factory=dict)
    only: frozenset[Label] = frozenset(Label)

    def meaning(self, name: str) -> Meaning:
        """Return what a category or species name means."""
        return self.wanted(self._full_meaning(name))

    def wanted(self, meaning: Meaning) -> Meaning:
        """Return a meaning, or IGNORE for a label that nobody asked for."""
        is_unwanted = isinstance(meaning, Label) and meaning not in self.only
        return Unlabelled.IGNORE if is_unwanted else meaning

    def _full_meaning(self, name: str) -> Meaning:
        plain = plain_name(name)
        if plain in self.overrides:
            return self.overrides[plain]
        words = set(plain.split())
        if words & _ELEPHANT and not words & _NAMED_AFTER_ELEPHANTS:
            return Label.ELEPHANT
        if plain in _KNOWN:
            return _KNOWN[plain]
        if words & _DOUBTFUL:
            return Unlabelled.UNSURE
        return self.otherwise

    @classmethod
    def of(
        cls,
        otherwise: Meaning,
        pairs: Mapping[str, str],
        only: frozenset[Label] = frozenset(Label),
    ) -> Self:
        """Build one with overrides such as {"gaur": "animal"}. Raises ValueError."""
        known: dict[str, Meaning] = {
            **{m.value: m for m in Label},
            **{m.value: m for m in Unlabelled},
        }
        unknown = sorted(set(pairs.values()) - set(known))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: a name can mean one of {', '.join(known)}")
        return cls(otherwise, {plain_name(name): known[to] for name, to in pairs.items()}, only)


def plain_name(name: str) -> str:
    """Write a name in lower case with single spaces: `Wild_Boar` is `wild boar`."""
    return re.sub(r"[\W_]+", " ", name).strip().lower()
