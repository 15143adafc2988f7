"""What people are to be told, the ways of reaching them, and whom their own wishes keep quiet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.deliveries.rules import ALARMS, Occasion
from api.deliveries.silence import NO_WISH, Rung, Wish, silenced_by
from api.people.tables import Wishes
from api.questions import among, ask
from api.tables import Alert, Delivery, DeliveryState, Person, Phone, Site

_Kind = tuple[int, bool]  # a geofence, and whether it is a drill
_SENT = (
    select(
        Alert.geofence_id,
        Alert.simulated,
        Phone.person_id,
        Delivery.occasion,
        Delivery.sent_at,
    )
    .join(Delivery, Delivery.phone_id == Phone.id)
    .join(Alert, Alert.id == Delivery.alert_id)
    .where(
        among(Phone.person_id, "people"),
        among(Alert.geofence_id, "geofences"),
        Delivery.occasion.in_(ALARMS),
        Delivery.state == DeliveryState.SENT,
        Delivery.sent_at > bindparam("since"),
    )
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert, what it is to be told for, and until when that is worth telling.

    `is_first`: the alert was raised in this transaction, so nobody was rung for it before.
    """

    alert: Alert
    occasion: Occasion
    expires_at: datetime
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Bell:
    """A way to reach a person, and what that person wishes."""

    phone_id: int
    person_id: int
    channel: str
    wish: Wish


def bells() -> Select[*tuple[Any, ...]]:
    """Return the question for every way there is, by phone; see `bell`."""
    return (
        select(
            Phone.id,
            Phone.person_id,
            Phone.channel,
            Phone.rings_from,
            Wishes.quiet_from_min,
            Wishes.quiet_until_min,
            Wishes.cooldown_s,
        )
        .join(Person, Person.id == Phone.person_id)
        .outerjoin(Wishes, Wishes.person_id == Phone.person_id)
        .where(Phone.gone_at.is_(None), Person.disabled_at.is_(None))
        .order_by(Phone.id)
    )


def bell(row: Row[*tuple[Any, ...]]) -> Bell:
    """Return what a row of the answer says."""
    phone_id, person_id, channel, _, quiet_from_min, quiet_until_min, cooldown_s, *_ = row
    if quiet_from_min is None and not cooldown_s:
        return Bell(phone_id, person_id, channel, NO_WISH)
    wish = Wish(quiet_from_min, quiet_until_min, timedelta(seconds=cooldown_s))
    return Bell(phone_id, person_id, channel, wish)


async def silenced(
    session: AsyncSession, rung: Sequence[tuple[Alarm, Sequence[Bell]]], now: datetime
) -> list[dict[int, str]]:
    """Return why people are not to be rung for each of these alarms, by person."""
    wishes = [_wishes(alarm, bells) for alarm, bells in rung]
    asked = [(alarm.alert, wish) for (alarm, _), wish in zip(rung, wishes, strict=True) if wish]
    if not asked:
        return [{} for _ in rung]
    earlier = await _rung(session, asked, now)
    zones = await _zones(session, {alert.site_id for alert, _ in asked})
    return [
        {
            person_id: reason
            for person_id, wish in theirs.items()
            if (
                reason := silenced_by(
                    alarm.occasion,
                    wish,
                    earlier.get((*_kind(alarm.alert), person_id), ()),
                    now,
                    zones[alarm.alert.site_id],
                )
            )
            is not None
        }
        for (alarm, _), theirs in zip(rung, wishes, strict=True)
    ]


def _wishes(alarm: Alarm, rung: Iterable[Bell]) -> dict[int, Wish]:
    """Return what those wish who wish anything, if this is an alarm that heeds it."""
    if alarm.occasion not in ALARMS or alarm.occasion is Occasion.DANGER:
        return {}
    return {each.person_id: each.wish for each in rung if each.wish is not NO_WISH}


def _kind(alert: Alert) -> _Kind:
    """Return what two alerts must share to keep each other quiet: a drill is for itself."""
    return alert.geofence_id, alert.simulated


async def _zones(session: AsyncSession, site_ids: set[str]) -> dict[str, ZoneInfo]:
    return {
        site_id: ZoneInfo((await session.get_one(Site, site_id)).timezone)
        for site_id in sorted(site_ids)
    }


async def _rung(
    session: AsyncSession, asked: Sequence[tuple[Alert, Mapping[int, Wish]]], now: datetime
) -> dict[tuple[int, bool, int], list[Rung]]:
    """Return what went out to these people for the alerts' geofences, within their cooldowns.

    By geofence, drill or not, and person.
    """
    people = {person_id for _, wishes in asked for person_id in wishes}
    longest = max(wish.cooldown for _, wishes in asked for wish in wishes.values())
    geofences = {alert.geofence_id for alert, _ in asked}
    found: dict[tuple[int, bool, int], list[Rung]] = {}
    rows = await ask(session, _SENT, people=people, geofences=geofences, since=now - longest)
    for geofence_id, simulated, person_id, occasion, sent_at in rows:
        rung = Rung(Occasion(occasion), sent_at)
        found.setdefault((geofence_id, simulated, person_id), []).append(rung)
    return found
