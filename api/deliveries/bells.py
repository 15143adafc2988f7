"""What people are to be told, the ways of reaching them, and whom their own wishes keep quiet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.deliveries.rules import ALARMS, Occasion
from api.deliveries.silence import NO_WISH, Rung, Wish, silenced_by
from api.people.tables import Wishes
from api.tables import Alert, Delivery, DeliveryState, Person, Phone, Site


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert, what it is to be told for, and until when that is worth telling."""

    alert: Alert
    occasion: Occasion
    expires_at: datetime


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
    session: AsyncSession, alarm: Alarm, rung: Iterable[Bell], now: datetime
) -> dict[int, str]:
    """Return why people are not to be rung, by person."""
    wishes = {each.person_id: each.wish for each in rung if each.wish is not NO_WISH}
    if not wishes or alarm.occasion not in ALARMS or alarm.occasion is Occasion.DANGER:
        return {}
    zone = ZoneInfo((await session.get_one(Site, alarm.alert.site_id)).timezone)
    earlier = await _rung(session, alarm.alert, wishes, now)
    reasons = {
        person_id: silenced_by(alarm.occasion, wish, earlier.get(person_id, ()), now, zone)
        for person_id, wish in wishes.items()
    }
    return {person_id: reason for person_id, reason in reasons.items() if reason is not None}


async def _rung(
    session: AsyncSession, alert: Alert, wishes: Mapping[int, Wish], now: datetime
) -> dict[int, list[Rung]]:
    """Return what went out to these people for the alert's geofence, within their cooldowns.

    A drill keeps no alert quiet, nor the other way round.
    """
    longest = max(wish.cooldown for wish in wishes.values())
    wanted = (
        select(Phone.person_id, Delivery.occasion, Delivery.sent_at)
        .join(Delivery, Delivery.phone_id == Phone.id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(
            Phone.person_id.in_(wishes),
            Alert.geofence_id == alert.geofence_id,
            Alert.simulated == alert.simulated,
            Delivery.occasion.in_(ALARMS),
            Delivery.state == DeliveryState.SENT,
            Delivery.sent_at > now - longest,
        )
    )
    found: dict[int, list[Rung]] = {}
    for person_id, occasion, sent_at in await session.execute(wanted):
        if sent_at is not None:
            found.setdefault(person_id, []).append(Rung(Occasion(occasion), sent_at))
    return found
