"""What the station remembers of its tuning across restarts and power cuts: one small file."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_agent.contracts.configuration import Outcome
from edge_agent.durable import write_durably

_log = logging.getLogger(__name__)


class Wish(BaseModel):
    """A desired config as it came; version 0 with nothing in it is the station's own file."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    settings: dict[str, Any] = Field(default_factory=dict)


class Answer(BaseModel):
    """What became of the newest version that came."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    outcome: Outcome = Outcome.APPLIED
    reason: str = ""


class Remembered(BaseModel):
    """`kept` has proved itself; `tried` counts, but the server has not been heard under it yet.

    `starts` is how often the station has started since `tried` was applied.
    """

    model_config = ConfigDict(frozen=True)

    kept: Wish = Wish()
    tried: Wish | None = None
    starts: int = 0
    answer: Answer = Answer()

    @property
    def wish(self) -> Wish:
        """What counts now."""
        return self.tried or self.kept


@dataclass(frozen=True, slots=True)
class TuningMemory:
    """The file in the station's state folder."""

    path: Path

    def read(self) -> Remembered:
        """Return what is remembered; a file that cannot be read is set aside, loudly."""
        try:
            return Remembered.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValidationError) as error:
            _log.error("%s cannot be read, the station's own file counts: %s", self.path, error)
            return Remembered()

    def write(self, remembered: Remembered) -> None:
        """Remember; when this returns it is on the disk."""
        write_durably(self.path, remembered.model_dump_json().encode())
