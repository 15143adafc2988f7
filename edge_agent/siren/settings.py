"""What a config's `[siren]` says."""

from typing import Annotated, Literal

from pydantic import Field

from edge_agent.config_table import ConfigTable
from edge_agent.contracts.siren import LONGEST_S


class SirenTable(ConfigTable):
    """What every siren has. Drawn footage and drills are silent unless `drill_siren` is true."""

    seconds: float = Field(default=20.0, gt=0, le=LONGEST_S)
    at_least_every_s: float = Field(default=300.0, ge=0)
    drill_siren: bool = False


class CommandSirenSettings(SirenTable):
    """A program that sounds for as long as it runs; it is ended after `seconds`."""

    kind: Literal["command"]
    command: Annotated[tuple[str, ...], Field(min_length=1)]


class GpioSirenSettings(SirenTable):
    """A relay on one of the board's pins, by its BCM number. Needs the extra `board`."""

    kind: Literal["gpio"]
    pin: int = Field(ge=0, le=200)
    active_high: bool = True


SirenSettings = Annotated[CommandSirenSettings | GpioSirenSettings, Field(discriminator="kind")]
