"""What the station remembers of its releases across restarts and power cuts: one small file."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from edge_agent.contracts.updates import Step, UpdateOffer
from edge_agent.durable import write_durably

_log = logging.getLogger(__name__)


class Adopted(BaseModel):
    """A release that came over the air and runs; `folder` lies in the updates folder."""

    model_config = ConfigDict(frozen=True)

    name: str
    folder: str
    digest: str


class Remembered(BaseModel):
    """`instead_of` is the config file's own release when `adopted` took its place.

    An adopted release is `settled` once it has looked for a while; `starts` counts the starts
    before that. `offer` is the newest one taken up, `step` where it is, `tries` how often the
    station has started during its trial.
    """

    model_config = ConfigDict(frozen=True)

    instead_of: str | None = None
    adopted: Adopted | None = None
    previous: Adopted | None = None
    settled: bool = True
    starts: int = 0
    newest_signed_at: datetime | None = None
    offer: UpdateOffer | None = None
    step: Step | None = None
    reason: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class UpdatesMemory:
    """The file in the updates folder."""

    path: Path

    def read(self) -> Remembered:
        """Return what is remembered; a file that cannot be read is as none, and said loudly."""
        try:
            return Remembered.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValidationError) as error:
            _log.error("%s cannot be read, the config's own release runs: %s", self.path, error)
            return Remembered()

    def write(self, remembered: Remembered) -> None:
        """Remember; when this returns it is on the disk."""
        write_durably(self.path, remembered.model_dump_json().encode())
