"""What all tables of a station's config file have in common."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

FOLDER = "folder"
"""The validation context's key for the folder that a config's paths are relative to."""

STREAM_MARK = "://"
DEVICES = "/dev/"


def _beside_the_config(path: Path, about: ValidationInfo) -> Path:
    folder: Path = (about.context or {}).get(FOLDER, Path())
    return folder / path.expanduser()


def _beside_unless_stream(path: str, about: ValidationInfo) -> str:
    return path if STREAM_MARK in path else str(_beside_the_config(Path(path), about))


FileOrStream = Annotated[str, AfterValidator(_beside_unless_stream)]
BesideTheConfig = Annotated[Path, AfterValidator(_beside_the_config)]


class ConfigTable(BaseModel):
    """A table of the config: read once, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")
