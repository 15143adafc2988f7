"""The file in which an operator describes further channels: `channels.toml` in the data folder."""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import SetUpError
from mobile_push.http_gateway import Gateway
from mobile_push.phone_address import BadAddressError, EndpointPolicy


class AppriseSettings(BaseModel):
    """Which chat services people may name; absent: those on their makers' hosts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    services: Annotated[frozenset[str], Field(min_length=1)] | None = None
    hosts: frozenset[str] = frozenset()  # as in the URL, with the port if it has one


class ChannelSettings(BaseModel):
    """What there is besides Web Push. A channel that is not described does not exist."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    apprise: AppriseSettings | None = None
    sms: Gateway | None = None
    voice: Gateway | None = None

    @classmethod
    def from_file(cls, path: Path, policy: EndpointPolicy) -> Self:
        """Read the file; without one there is nothing.

        Raises:
            SetUpError: it cannot be read, or a gateway is where this server may not call.
        """
        if not path.exists():
            return cls()
        try:
            found = cls.model_validate(tomllib.loads(path.read_text()))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SetUpError(f"{path} cannot be read: {error}") from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise SetUpError(f"{path}, {where}: {first['msg']}") from error
        for name, gateway in found.gateways.items():
            try:
                policy.check(gateway.url)
            except BadAddressError as error:
                raise SetUpError(f"{path}, {name}.url: {error}") from error
        return found

    @property
    def gateways(self) -> dict[str, Gateway]:
        """The gateways there are, by the name of their channel."""
        known = {"sms": self.sms, "voice": self.voice}
        return {name: gateway for name, gateway in known.items() if gateway is not None}

    @property
    def for_people(self) -> frozenset[str]:
        """The channels by which a person may ask to be reached."""
        return frozenset(self.gateways) | ({"apprise"} if self.apprise is not None else set())
