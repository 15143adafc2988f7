"""What a turn of an alert is in CAP's words. CAP's area is whom to notify, not where animals are.

The message of a turn never changes: its identifier is the alert's with the ledger's number.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from api.alerts.rules import LAPSES_AFTER
from api.ledger.turns import Turn, TurnKind
from api.position import blurred_bearing_deg, blurred_distance_m
from api.tables import AlertLevel, AlertState
from mobile_push.phrases import phrase

WORDS: Final[dict[str, dict[str, str]]] = json.loads(
    (Path(__file__).parent / "words.json").read_text("utf-8")
)
MOST_AREA_CHARACTERS = 49
_DIRECTIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")

URGENCY = {
    AlertLevel.WATCH: "Future",
    AlertLevel.WARNING: "Expected",
    AlertLevel.DANGER: "Immediate",
}
SEVERITY = {
    AlertLevel.WATCH: "Minor",
    AlertLevel.WARNING: "Moderate",
    AlertLevel.DANGER: "Severe",
}
RESPONSE = {
    AlertLevel.WATCH: "Monitor",
    AlertLevel.WARNING: "Avoid",
    AlertLevel.DANGER: "Shelter",
}


@dataclass(frozen=True, slots=True)
class Area:
    """Whom to notify: a name, and a closed ring of latitude and longitude."""

    name: str
    ring: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Info:
    """A message in one language."""

    language: str
    event: str
    response: str
    urgency: str
    severity: str
    certainty: str
    effective: datetime
    expires: datetime
    headline: str
    description: str
    instruction: str


@dataclass(frozen=True, slots=True)
class CapMessage:
    """One CAP message. `references` are `sender,identifier,sent` of those before it."""

    identifier: str
    sender: str
    sender_name: str
    sent: datetime
    status: str
    kind: str
    is_public: bool
    references: tuple[str, ...]
    infos: tuple[Info, ...]
    area: Area


@dataclass(frozen=True, slots=True)
class Sender:
    """Who says it. `address` has no spaces, commas or angle brackets, as CAP wants."""

    address: str
    name: str
    is_public: bool  # anybody may read it; else only the people of the site


def message_of(turn: Turn, before: Sequence[Turn], area: Area, sender: Sender) -> CapMessage:
    """Return what a turn is in CAP, after the turns `before` it of the same alert."""
    known = [one for one in before if is_told(one)]
    return CapMessage(
        identifier=identifier_of(turn),
        sender=sender.address,
        sender_name=sender.name,
        sent=turn.at,
        status="Exercise" if turn.simulated else "Actual",
        kind=kind_of(turn, is_first=not known),
        is_public=sender.is_public,
        references=tuple(
            f"{sender.address},{identifier_of(one)},{cap_time(one.at)}" for one in known
        ),
        infos=tuple(_info(turn, area, language) for language in WORDS),
        area=area,
    )


def is_told(turn: Turn) -> bool:
    """Whether CAP is told of a turn: that a ranger has answered changes nothing for others."""
    return turn.kind is not TurnKind.ACKNOWLEDGED


def identifier_of(turn: Turn) -> str:
    """Return a name that no other message of this server has."""
    return f"{turn.alert_id}.{turn.number}"


def kind_of(turn: Turn, *, is_first: bool) -> str:
    """Return CAP's `msgType`: a false alarm takes back, an all clear brings up to date."""
    if turn.state is AlertState.RETRACTED:
        return "Cancel"
    return "Alert" if is_first else "Update"


def cap_time(moment: datetime) -> str:
    """Return a time as CAP spells it: whole seconds, and -00:00 for UTC, never Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def _info(turn: Turn, area: Area, language: str) -> Info:
    words = WORDS[language]
    is_over = turn.kind is TurnKind.ENDED
    what = str(turn.state if is_over else turn.level)
    drill = f"{words['exercise']} " if turn.simulated else ""
    headline = phrase(language, f"push.title.{what}", geofence=area.name)
    return Info(
        language={"en": "en-US"}.get(language, language),
        event=words["event"],
        response="AllClear" if is_over else RESPONSE[turn.level],
        urgency="Past" if is_over else URGENCY[turn.level],
        severity=SEVERITY[turn.level],
        certainty="Observed" if turn.is_sure else "Likely",
        effective=turn.at,
        expires=turn.at + LAPSES_AFTER,
        headline=phrase(language, "push.drill", title=headline) if turn.simulated else headline,
        description=f"{drill}{_description(turn, language)} {words['note']}",
        instruction=f"{drill}{words[what]}",
    )


def _description(turn: Turn, language: str) -> str:
    """Say how many, about where: no nearer than a villager may know it."""
    many = "count.one" if turn.count == 1 else "count.many" if turn.count else "count.unknown"
    count = phrase(language, many, n=turn.count)
    if turn.distance_m <= 0:
        return f"{count}, {phrase(language, 'where.inside')}."
    far_m = blurred_distance_m(turn.distance_m)
    unit, number = ("m", far_m) if far_m < 1000 else ("km", far_m / 1000)
    side = _DIRECTIONS[round(blurred_bearing_deg(turn.bearing_deg) / 45) % 8]
    where = phrase(
        language,
        "where.away",
        distance=phrase(language, f"distance.{unit}", n=f"{number:g}"),
        direction=phrase(language, f"direction.{side}"),
    )
    return f"{count}, {where}."
