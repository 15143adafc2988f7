"""Whom to ring for what: a row for each way of reaching each person, before anything is sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_rows
from api.deliveries import escalation
from api.deliveries.rules import (
    ALARMS,
    RELIEF_LIFETIME,
    Occasion,
    RingsFrom,
    priority_of,
    rings,
)
from api.deliveries.silence import NO_WISH, Rung, Wish, silenced_by
from api.people.tables import Wishes
from api.tables import Alert, Delivery, DeliveryState, Follow, Person, Phone, Site
from edge_agent.contracts.ids import uuid7

MOST_NAMED = 10_000  # a statement takes 32,766 values on SQLite


@dataclass(frozen=True, slots=True)
class Planned:
    """A new delivery, whose it is, and why it is not to ring if it is not."""

    delivery: str
    phone: int
    person: int
    silenced: str | None = None

    def facts(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        known = {"delivery": self.delivery, "phone": self.phone, "person": self.person}
        return known if self.silenced is None else known | {"silenced": self.silenced}


@dataclass(frozen=True, slots=True)
class _Bell:
    """A way to reach a person, and what that person wishes."""

    phone_id: int
    person_id: int
    channel: str
    wish: Wish


async def plan_alarm(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    *,
    now: datetime,
    expires_at: datetime,
) -> list[Planned]:
    """Plan to ring those who follow the alert's geofence; return what is new, silenced or not.

    If nobody answers, the site's escalation takes it from there.
    """
    followers = (
        _bells()
        .join(Follow, Follow.person_id == Phone.person_id)
        .where(Follow.geofence_id == alert.geofence_id)
    )
    bells = [
        _bell(row)
        for row in await session.execute(followers)
        if rings(RingsFrom(row.rings_from), occasion)
    ]
    await escalation.begin(session, alert, occasion, now=now, expires_at=expires_at)
    return await _plan_alarm(session, alert, occasion, bells, now=now, expires_at=expires_at)


async def plan_for_people(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    people: Collection[int],
    *,
    now: datetime,
    expires_at: datetime,
) -> list[Planned]:
    """Plan to ring these people, whatever they follow; return what is new."""
    named, bells = sorted(people), []
    for start in range(0, len(named), MOST_NAMED):
        part = named[start : start + MOST_NAMED]
        wanted = _bells().where(Person.site_id == alert.site_id, Person.id.in_(part))
        bells += [
            _bell(row)
            for row in await session.execute(wanted)
            if rings(RingsFrom(row.rings_from), occasion)
        ]
    return await _plan_alarm(session, alert, occasion, bells, now=now, expires_at=expires_at)


async def plan_escalated(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    step: escalation.Step,
    *,
    now: datetime,
    expires_at: datetime,
) -> list[Planned]:
    """Plan to ring the people of a step by its ways; whoever was rung for this is not again."""
    wanted = _bells().where(Person.site_id == alert.site_id, step.reaches(Person))
    bells = [
        _bell(row)
        for row in await session.execute(wanted)
        if not step.channels or row.channel in step.channels
    ]
    return await _plan_alarm(session, alert, occasion, bells, now=now, expires_at=expires_at)


async def plan_closing(
    session: AsyncSession, alert: Alert, occasion: Occasion, now: datetime
) -> list[Planned]:
    """Plan to tell the end to all who were rung, by the same ways; return what is new.

    What waits must have been stopped before: its row locks settle, with a dispatcher at work, which
    phones were rung.
    """
    rung = (
        select(Delivery.phone_id)
        .where(
            Delivery.alert_id == alert.id,
            Delivery.occasion.in_(ALARMS),
            Delivery.attempts > 0,
            Delivery.state != DeliveryState.FAILED,
        )
        .distinct()
    )
    bells = [_bell(row) for row in await session.execute(_bells().where(Phone.id.in_(rung)))]
    expires_at = now + RELIEF_LIFETIME
    return await _plan(session, alert, occasion, bells, {}, now=now, expires_at=expires_at)


def _bells() -> Select[*tuple[Any, ...]]:
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


def _bell(row: Row[Any]) -> _Bell:
    has_wish = row.quiet_from_min is not None or row.cooldown_s
    wish = (
        Wish(row.quiet_from_min, row.quiet_until_min, timedelta(seconds=row.cooldown_s))
        if has_wish
        else NO_WISH
    )
    return _Bell(row.id, row.person_id, row.channel, wish)


async def _plan_alarm(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    bells: Sequence[_Bell],
    *,
    now: datetime,
    expires_at: datetime,
) -> list[Planned]:
    silenced = await _silenced(session, alert, occasion, bells, now)
    return await _plan(session, alert, occasion, bells, silenced, now=now, expires_at=expires_at)


async def _silenced(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    bells: Iterable[_Bell],
    now: datetime,
) -> dict[int, str]:
    """Return why people are not to be rung, by person."""
    wishes = {bell.person_id: bell.wish for bell in bells if bell.wish is not NO_WISH}
    if not wishes or occasion is Occasion.DANGER:
        return {}
    zone = ZoneInfo((await session.get_one(Site, alert.site_id)).timezone)
    rung = await _rung(session, alert, wishes, now)
    reasons = {
        person_id: silenced_by(occasion, wish, rung.get(person_id, ()), now, zone)
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


async def _plan(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    bells: Sequence[_Bell],
    silenced: Mapping[int, str],
    *,
    now: datetime,
    expires_at: datetime,
) -> list[Planned]:
    # Whoever plans holds the site: what is not there now, nobody else adds.
    there = select(Delivery.phone_id).where(
        Delivery.alert_id == alert.id, Delivery.occasion == occasion
    )
    known = set(await session.scalars(there)) if bells else set()
    new = {bell.phone_id: bell for bell in bells if bell.phone_id not in known}
    planned = [
        Planned(str(uuid7()), phone, new[phone].person_id, silenced.get(new[phone].person_id))
        for phone in sorted(new)
    ]
    alike = {
        "alert_id": alert.id,
        "occasion": occasion,
        "attempts": 0,
        "rings": 0,
        "priority": priority_of(occasion, alert.distance_m),
        "created_at": now,
        "due_at": now,
        "expires_at": expires_at,
    }
    rows = [
        {
            "id": each.delivery,
            "phone_id": each.phone,
            "channel": new[each.phone].channel,
            "state": DeliveryState.SILENCED if each.silenced else DeliveryState.PENDING,
            "detail": each.silenced,
            **alike,
        }
        for each in planned
    ]
    await add_rows(session, Delivery, rows)
    return planned
