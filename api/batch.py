"""Messages of one batch: opened one by one, and what came of them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from api.broker.connection import Arrived
from api.quarantine.rules import ReasonCode
from api.stations.store import StationName
from api.tables import Quarantined, Station
from edge_agent.contracts.errors import ForgedMessageError, UnreadableMessageError
from edge_agent.contracts.messages import (
    MAX_BODY_BYTES,
    RefusedItem,
    StorageReceipt,
    StoredItem,
    body_sha256,
)
from edge_agent.contracts.seal import open_sealed
from edge_agent.contracts.topics import Address, address_of, is_said_by_server

_SEAL_BYTES = 65
_REASON_CHARACTERS = 300


class RejectedError(Exception):
    """A message that is kept apart. `refused_body`: the station is told to stop sending it."""

    def __init__(self, code: ReasonCode, reason: str, *, refused_body: str | None = None) -> None:
        super().__init__(reason[:_REASON_CHARACTERS])
        self.code = code
        self.refused_body = refused_body


class Letter(NamedTuple):
    """A message whose sender is sure: what one of our stations really said."""

    arrived: Arrived
    address: Address
    station: Station
    body: bytes

    @property
    def is_alive(self) -> bool:
        """Whether it shows that the station lives: a replayed message does not."""
        return not self.arrived.retained


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message that is kept apart, and whose it is if that is known."""

    arrived: Arrived
    error: RejectedError
    station: Station | None


@dataclass(slots=True)
class Batch:
    """What came of a batch; told to stations and metrics after the commit.

    `received_at`: when it first came, if it was kept apart then and is tried again now.
    """

    received_at: datetime | None = None
    stored: dict[int, list[StoredItem]] = field(default_factory=dict)  # by station
    refused: dict[int, list[RefusedItem]] = field(default_factory=dict)
    stations: dict[int, Station] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)  # scope, reason code

    def done(self, letter: Letter, stored: StoredItem | None) -> None:
        """Remember that a letter was handled, and what its station is to be told."""
        self.kinds[letter.address.topic.name] += 1
        if stored is not None:
            self.stored.setdefault(letter.station.id, []).append(stored)

    def reject(self, arrived: Arrived, error: RejectedError, station: Station | None) -> None:
        """Remember that a message is to be kept apart, and what its station is to be told."""
        self.rejections.append(Rejection(arrived, error, station))
        if error.refused_body is not None and station is not None:
            refused = RefusedItem(body_sha256=error.refused_body, reason=str(error))
            self.refused.setdefault(station.id, []).append(refused)

    def receipts(self) -> list[tuple[Station, StorageReceipt]]:
        """Return what each station is to be told."""
        return [
            (
                self.stations[station_id],
                StorageReceipt(
                    simulated=self.stations[station_id].simulated,
                    items=tuple(self.stored.get(station_id, ())),
                    refused=tuple(self.refused.get(station_id, ())),
                ),
            )
            for station_id in sorted(self.stored.keys() | self.refused.keys())
        ]


@lru_cache(maxsize=8_192)
def address_on(topic: str) -> Address | None:
    """Return who speaks on a topic; stations speak on the same few for years."""
    return address_of(topic)


@lru_cache(maxsize=8_192)
def is_our_own(topic: str) -> bool:
    """Whether we speak on this topic ourselves."""
    return is_said_by_server(topic)


def opened(arrived: Arrived, address: Address | None, station: Station | None) -> Letter:
    """Return who really said what.

    Raises:
        RejectedError: nobody we know, or not in their name.
    """
    if address is None:
        raise RejectedError(ReasonCode.UNKNOWN_TOPIC, "no station speaks on such a topic")
    if station is None:
        raise RejectedError(
            ReasonCode.UNKNOWN_STATION,
            f"no station {address.station_id!r} is enrolled at a site {address.site_id!r}",
        )
    try:
        body = open_sealed(station.key, arrived.topic, arrived.payload)
    except ForgedMessageError as error:
        raise RejectedError(ReasonCode.FORGED, str(error)) from error
    except UnreadableMessageError as error:
        raise RejectedError(ReasonCode.UNSEALED, str(error)) from error
    if len(arrived.payload) > MAX_BODY_BYTES + _SEAL_BYTES:
        raise RejectedError(
            ReasonCode.TOO_LARGE,
            f"{len(body)} bytes; {MAX_BODY_BYTES} are allowed",
            refused_body=body_sha256(body),
        )
    return Letter(arrived, address, station, body)


def unreadable(letter: Letter, error: UnreadableMessageError) -> RejectedError:
    """Return why a letter cannot be read; its station is told to stop sending it."""
    return RejectedError(ReasonCode.UNREADABLE, str(error), refused_body=body_sha256(letter.body))


def quarantined(rejection: Rejection, site_id: str | None, now: datetime) -> Quarantined:
    """Return what is kept of a rejected message."""
    message, error = rejection.arrived, rejection.error
    return Quarantined(
        received_at=now,
        topic=message.topic,
        reason_code=error.code,
        reason=str(error),
        size_bytes=len(message.payload),
        payload=message.payload,
        site_id=site_id,
    )


def name_of(address: Address) -> StationName:
    """Return the name by which a station is known."""
    return address.site_id, address.station_id
