"""What is really in the pictures: exact boxes and visible fractions, kept as `truth.json`."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detector.training.scenes.recipe import Kind, SceneLighting

Fraction = float
Box = tuple[Fraction, Fraction, Fraction, Fraction]
"""Left, top, width, height as fractions of the whole frame, strip included."""


class UnreadableTruthError(ValueError):
    """The file is missing or is not a truth file of this version."""


class Truth(BaseModel):
    """Base of every part of the truth file: unchangeable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AnimalTruth(Truth):
    """One animal (or person, or motorbike) of which at least one pixel can be seen."""

    kind: Kind
    calf: bool
    box: Box
    """Around the pixels that can be seen: never leaves the picture."""
    whole_box: Box
    """Around the whole animal, also what is hidden or beyond the frame."""
    visible_fraction: Fraction = Field(gt=0, le=1)
    """Pixels seen over pixels of the whole animal: plants, herd mates and the frame all count."""


class FrameTruth(Truth):
    """One picture; `seconds` since the first frame of its sequence."""

    file: str
    seconds: float = Field(ge=0)
    animals: tuple[AnimalTruth, ...]


class SequenceTruth(Truth):
    """One pass of one cast before one camera."""

    id: str
    kind: Kind
    lighting: SceneLighting
    herd_size: int = Field(ge=0)
    site_seed: int
    cast_seed: int
    frames: tuple[FrameTruth, ...]


class SceneTruth(Truth):
    """All sequences of a folder. The lowest `strip_height_px` rows are a bare bar for the clock."""

    version: Literal[1] = 1
    simulated: Literal[True] = True
    width_px: int
    height_px: int
    strip_height_px: int
    sequences: tuple[SequenceTruth, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a truth file.

        Raises:
            UnreadableTruthError: the file is missing or is not one.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise UnreadableTruthError(f"cannot read {path}: {error}") from error
        except ValidationError as error:
            raise UnreadableTruthError(f"{path} has {error.error_count()} bad fields") from error

    def write(self, path: Path) -> None:
        """Write the file that `read` reads; the same truth gives the same bytes."""
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
