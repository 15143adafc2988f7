"""Reads the list of drawn sequences: which pictures, in which order, how far apart."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

TRUTH_FILE = "truth.json"


class FootageError(Exception):
    """The folder holds no footage, or not the sequence that was asked for."""


class FootageFrame(BaseModel):
    """One picture, `seconds` after the first of its sequence; `file` is relative to the folder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    seconds: float = Field(ge=0, allow_inf_nan=False)


class FootageSequence(BaseModel):
    """One pass before one camera."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    frames: tuple[FootageFrame, ...] = Field(min_length=1)


class _Footage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    sequences: tuple[FootageSequence, ...]


def read_footage(folder: Path, wanted: Sequence[str] = ()) -> tuple[FootageSequence, ...]:
    """Return the wanted sequences in the order asked for; all of them if none is named.

    Raises:
        FootageError: says which file or sequence is missing or broken.
    """
    path = folder / TRUTH_FILE
    try:
        footage = _Footage.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FootageError(f"no footage: {path} cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise FootageError(f"{path} has {error.error_count()} bad fields") from error
    by_id = {sequence.id: sequence for sequence in footage.sequences}
    missing = [name for name in wanted if name not in by_id]
    if missing:
        raise FootageError(f"no sequence {missing[0]} in {path}; there are {', '.join(by_id)}")
    return tuple(by_id[name] for name in wanted) if wanted else footage.sequences
