"""Rings those whose shared cell is near a herd that is being warned of, whatever they follow.

Found again and again while the alert is news, not only when it grows: the herd walks, and so do
people. Nobody is rung for a herd that they were rung for already at the same level or a worse one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.rules import MOVES
from api.alerts.store import alerts_named
from api.deliveries.bells import Alarm
from api.deliveries.planning import plan_for_people
from api.deliveries.rules import ALARM_RANK, ALARMS, Occasion, alarm_expires_at
from api.drills.tables import Drill
from api.ledger import notes
from api.ledger import store as ledger
from api.people.crowd import Crowd
from api.people.nearby import people_near
from api.position import Position
from api.questions import among, ask
from api.sites.store import lock_site
from api.tables import Alert, Delivery, Herd, Phone
from mobile_push.notification import NEWS_LIFETIME

SETTLED_FOR = timedelta(seconds=30)
PORTION = 500  # people: while they are planned, no sighting of their site is told

_OPEN = [state for state, moves in MOVES.items() if moves]
_NEWS = (
    select(Alert, Herd.latitude, Herd.longitude)
    .join(Herd, Herd.id == Alert.herd_id)
    .where(
        Alert.site_id == bindparam("site"),
        Alert.state.in_(_OPEN),
        Alert.captured_at > bindparam("since"),
        Alert.herd_id.not_in(select(Drill.herd_id)),  # practice is for whom it was ordered
    )
)
_OPEN_OF = select(Alert.herd_id, Alert.id).where(
    among(Alert.herd_id, "herds"), Alert.state.in_(_OPEN)
)
_RUNG = (
    select(Phone.person_id)
    .join(Delivery, Delivery.phone_id == Phone.id)
    .join(Alert, Alert.id == Delivery.alert_id)
    .where(
        Alert.herd_id == bindparam("herd"),
        Alert.state.in_(_OPEN),
        among(Delivery.occasion, "as_bad"),
    )
)

_Found = Mapping[str, Mapping[str, frozenset[int]]]  # people by site and alert
_About = tuple[str, frozenset[str]]  # an alert's level, and its herd's open alerts


@dataclass(frozen=True, slots=True)
class _Settled:
    """Everybody of these was rung, as things were."""

    at: datetime
    about: _About
    people: frozenset[int]


class Lookout:
    """Finds who has come near a herd. Holds in memory what it would ask each second again."""

    def __init__(self) -> None:
        self._crowd = Crowd()
        self._settled: dict[str, _Settled] = {}  # by alert

    async def unrung(self, session: AsyncSession, now: datetime) -> _Found:
        """Return who is near a herd and was not rung for it, by site and alert; only reads."""
        await self._crowd.catch_up(session, now)
        found: dict[str, dict[str, frozenset[int]]] = {}
        for site_id in self._crowd.sites():
            by_alert = await self._unrung_at(session, site_id, now)
            if by_alert:
                found[site_id] = by_alert
        return found

    async def _unrung_at(
        self, session: AsyncSession, site_id: str, now: datetime
    ) -> dict[str, frozenset[int]]:
        since = now - NEWS_LIFETIME + timedelta(seconds=10)
        news = await session.execute(_NEWS, {"site": site_id, "since": since})
        rows = sorted(news, key=lambda row: _urgency(row[0]))
        open_alerts = await _open_alerts(session, {alert.herd_id for alert, _, _ in rows})
        found: dict[str, frozenset[int]] = {}
        taken: dict[int, set[int]] = {}  # by herd: an alert that comes first has them
        self._forget_old(now)
        for alert, latitude, longitude in rows:
            position = Position(latitude, longitude)
            near = self._crowd.near(site_id, position, now)
            near -= taken.setdefault(alert.herd_id, set())
            about = (str(alert.level), open_alerts[alert.herd_id])
            if not near or self._is_settled(alert, about, near):
                continue
            left = near - await _rung(session, alert)
            if left:
                there = left & await people_near(session, site_id, position, now)
                self._crowd.forget(site_id, left - there)
                left = there
            if left:
                found[alert.id] = left
                taken[alert.herd_id] |= left
            else:
                self._settled[alert.id] = _Settled(now, about, near)
        return found

    def _is_settled(self, alert: Alert, about: _About, near: frozenset[int]) -> bool:
        settled = self._settled.get(alert.id)
        return settled is not None and settled.about == about and near <= settled.people

    def _forget_old(self, now: datetime) -> None:
        for alert_id, settled in list(self._settled.items()):
            if abs(now - settled.at) > SETTLED_FOR:
                del self._settled[alert_id]


def portions(found: _Found) -> Iterator[_Found]:
    """Yield whom to ring in portions, the most urgent first: each is planned and kept alone.

    Whoever is killed in between has rung some of them; the others are found again.
    """
    portion: dict[str, dict[str, frozenset[int]]] = {}
    room = PORTION
    for site_id, by_alert in found.items():
        for alert_id, people in by_alert.items():
            waiting = sorted(people)
            while waiting:
                some, waiting = waiting[:room], waiting[room:]
                portion.setdefault(site_id, {})[alert_id] = frozenset(some)
                room -= len(some)
                if room == 0:
                    yield portion
                    portion, room = {}, PORTION
    if portion:
        yield portion


async def ring(session: AsyncSession, found: _Found, now: datetime) -> None:
    """Plan to ring them. Safe to repeat: a phone is rung once for an alert's level."""
    for site_id, by_alert in found.items():
        await lock_site(session, site_id)
        wanted = [
            (Alarm(alert, Occasion(alert.level), _expires_at(alert, now)), by_alert[alert.id])
            for alert in await alerts_named(session, by_alert)
            if alert.state in _OPEN
        ]
        noted = [
            notes.planned(alarm.alert, alarm.occasion, planned)
            for (alarm, _), planned in zip(
                wanted, await plan_for_people(session, wanted, now), strict=True
            )
            if planned
        ]
        await ledger.append(session, site_id, noted, now)


def _expires_at(alert: Alert, now: datetime) -> datetime:
    return alarm_expires_at(alert.captured_at, now, NEWS_LIFETIME)


async def _open_alerts(session: AsyncSession, herds: set[int]) -> dict[int, frozenset[str]]:
    """Return the ids of these herds' open alerts, of old ones too."""
    if not herds:
        return {}
    found: dict[int, set[str]] = {herd_id: set() for herd_id in herds}
    for herd_id, alert_id in await ask(session, _OPEN_OF, herds=herds):
        found[herd_id].add(alert_id)
    return {herd_id: frozenset(ids) for herd_id, ids in found.items()}


async def _rung(session: AsyncSession, alert: Alert) -> frozenset[int]:
    """Return who was rung for the alert's herd at its level or a worse one."""
    as_bad = [one for one in ALARMS if ALARM_RANK[one] >= ALARM_RANK[Occasion(alert.level)]]
    rung = await ask(session, _RUNG, herd=alert.herd_id, as_bad=as_bad)
    return frozenset(rung.scalars())


def _urgency(alert: Alert) -> tuple[int, float]:
    return -ALARM_RANK[Occasion(alert.level)], alert.distance_m
