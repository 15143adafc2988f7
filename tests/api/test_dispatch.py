import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api import dispatch
from api.database import Database
from api.deliveries import claims
from api.deliveries.claims import claim
from api.deliveries.rules import LEASE, is_token
from api.dispatch import Dispatcher
from api.tables import AnswerKind, Delivery, DeliveryState, Follow, Geofence, Phone
from mobile_push.channel import Channel
from mobile_push.phone_address import EndpointPolicy, PhoneAddress
from mobile_push.push_message import PushMessage, Receipt, Sending
from mobile_push.software_phone import SoftwarePushService
from mobile_push.vapid import VapidKeys
from mobile_push.web_push import WebPushChannel
from tests.api.world import DUSK, World, a_message, square

SECRET = b"s" * 32
MINUTE = timedelta(minutes=1)
PATIENCE_S = 20.0


class FakeChannel:
    """Phones answer as told, in turn; the last answer stays."""

    def __init__(self, *answers: Sending | Exception) -> None:
        self.answers = list(answers) or [Sending(Receipt.SENT)]
        self.sent: list[tuple[str, dict[str, object]]] = []
        self.is_stuck = False
        self._sending = asyncio.Condition()

    async def has_sent(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S), self._sending:
            await self._sending.wait_for(lambda: len(self.sent) >= count)

    async def send(self, address: PhoneAddress, message: PushMessage) -> Sending:
        self.sent.append((address.endpoint, json.loads(message.payload)))
        async with self._sending:
            self._sending.notify_all()
        if self.is_stuck:
            await asyncio.Event().wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = DUSK + timedelta(seconds=3)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextlib.asynccontextmanager
async def dispatching(
    world: World,
    channel: Channel,
    clock: Callable[[], datetime],
    *,
    dispatcher: Dispatcher | None = None,
) -> AsyncIterator[None]:
    dispatcher = dispatcher or Dispatcher(
        world.database, {"web_push": channel}, secret=SECRET, clock=clock
    )
    task = asyncio.create_task(dispatcher.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(world: World, is_so: Callable[[list[Delivery]], bool]) -> list[Delivery]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows = sorted(await world.rows(Delivery), key=lambda row: row.id)
            if is_so(rows):
                return rows
            await asyncio.sleep(0.02)


def none_pending(rows: list[Delivery]) -> bool:
    return all(row.state != DeliveryState.PENDING for row in rows)


def states(rows: list[Delivery]) -> list[str]:
    return [str(row.state) for row in rows]


async def test_every_follower_is_rung_once_in_words_for_them(world: World, clock: Clock) -> None:
    channel = FakeChannel()
    await world.tell(world.ridge, a_message())

    async with dispatching(world, channel, clock):
        rows = await until(world, none_pending)

    assert states(rows) == ["sent", "sent"]
    assert sorted(endpoint for endpoint, _ in channel.sent) == [
        "https://push.example.org/Bo",
        "https://push.example.org/Mai",
    ]
    for _, notice in channel.sent:
        assert (notice["level"], notice["state"]) == ("warning", "raised")
        assert is_token(SECRET, str(notice["delivery_id"]), str(notice["token"]))


async def test_a_busy_push_service_is_tried_again_and_the_phone_kept(
    world: World, clock: Clock
) -> None:
    channel = FakeChannel(Sending(Receipt.TRY_AGAIN, "429", retry_after_s=30))
    await world.tell(world.ridge, a_message())

    async with dispatching(world, channel, clock):
        rows = await until(world, lambda rows: all(row.due_at > clock.now for row in rows))
        assert [row.due_at - clock.now for row in rows] == [timedelta(seconds=30)] * 2
        channel.answers = [Sending(Receipt.SENT)]
        clock.now += MINUTE
        rows = await until(world, none_pending)

    assert [(row.state, row.attempts) for row in rows] == [(DeliveryState.SENT, 2)] * 2
    assert all(phone.gone_at is None for phone in await world.rows(Phone))


async def test_a_phone_that_is_gone_is_forgotten_and_no_other(world: World, clock: Clock) -> None:
    channel = FakeChannel(Sending(Receipt.GONE, "410"), Sending(Receipt.SENT))
    await world.tell(world.ridge, a_message())

    async with dispatching(world, channel, clock):
        rows = await until(world, none_pending)

    assert sorted(states(rows)) == ["failed", "sent"]
    (failed,) = [row for row in rows if row.state == DeliveryState.FAILED]
    gone = {phone.id for phone in await world.rows(Phone) if phone.gone_at}
    assert gone == {failed.phone_id}


async def test_a_phone_that_subscribed_again_meanwhile_is_not_forgotten(
    world: World, clock: Clock
) -> None:
    await world.tell(world.ridge, a_message())
    async with world.database.transaction() as session:
        for number in (1, 2):
            phone = await session.get_one(Phone, number)
            phone.subscribed_at = clock.now + timedelta(seconds=1)

    async with dispatching(world, FakeChannel(Sending(Receipt.GONE)), clock):
        await until(world, none_pending)

    assert all(phone.gone_at is None for phone in await world.rows(Phone))


async def test_a_request_that_is_our_own_fault_is_not_repeated(world: World, clock: Clock) -> None:
    await world.tell(world.ridge, a_message())

    async with dispatching(world, FakeChannel(Sending(Receipt.REFUSED, "403 bad key")), clock):
        rows = await until(world, none_pending)

    assert [(row.state, row.detail) for row in rows] == [("failed", "refused: 403 bad key")] * 2


async def test_a_channel_with_a_bug_stops_no_other_phone(world: World, clock: Clock) -> None:
    channel = FakeChannel(ZeroDivisionError("a bug"), Sending(Receipt.SENT))
    await world.tell(world.ridge, a_message())

    async with dispatching(world, channel, clock):
        rows = await until(world, lambda rows: sorted(states(rows)) == ["pending", "sent"])

    (pending,) = [row for row in rows if row.state == DeliveryState.PENDING]
    assert "ZeroDivisionError" in (pending.detail or "")


async def test_a_dispatcher_killed_between_claim_and_send_loses_nothing(
    world: World, clock: Clock
) -> None:
    await world.tell(world.ridge, a_message())
    async with world.database.transaction() as session:
        assert len(await claim(session, clock.now, 10)) == 2  # and then it is killed
    async with world.database.transaction() as session:
        assert await claim(session, clock.now, 10) == []  # as far as anybody knows, it works

    clock.now += LEASE
    async with dispatching(world, FakeChannel(), clock):
        rows = await until(world, none_pending)

    assert [(row.state, row.attempts) for row in rows] == [(DeliveryState.SENT, 2)] * 2


async def test_a_dispatcher_cancelled_in_the_middle_of_sending_loses_nothing(
    world: World, clock: Clock
) -> None:
    stuck = FakeChannel()
    stuck.is_stuck = True
    await world.tell(world.ridge, a_message())
    async with dispatching(world, stuck, clock):
        await stuck.has_sent(2)

    clock.now += LEASE
    async with dispatching(world, FakeChannel(), clock):
        rows = await until(world, none_pending)

    assert states(rows) == ["sent", "sent"]


async def test_two_dispatchers_share_the_work(world: World) -> None:
    for number in range(5):
        await world.add(
            Phone(
                person_id=world.villager.id,
                endpoint=f"https://push.example.org/{number}",
                p256dh="",
                auth="",
                subscribed_at=DUSK,
            )
        )
    await world.tell(world.ridge, a_message())

    async def take() -> list[str]:
        async with world.database.transaction() as session:
            return [job.delivery_id for job in await claim(session, DUSK + MINUTE, 4)]

    shares = await asyncio.gather(take(), take(), take())

    taken = [delivery_id for share in shares for delivery_id in share]
    assert len(taken) == len(set(taken)) == 7


async def test_old_news_expires_instead_of_ringing(world: World, clock: Clock) -> None:
    channel = FakeChannel()
    await world.tell(world.ridge, a_message())
    clock.now = DUSK + 15 * MINUTE

    async with dispatching(world, channel, clock):
        rows = await until(world, none_pending)

    assert states(rows) == ["expired", "expired"]
    assert channel.sent == []


async def test_a_watch_that_became_danger_rings_once_as_danger(world: World, clock: Clock) -> None:
    channel = FakeChannel()
    await world.tell(world.far, a_message())
    await world.tell(world.yard, a_message(captured_at=DUSK + 10 * MINUTE))
    clock.now = DUSK + 11 * MINUTE

    async with dispatching(world, channel, clock):
        rows = await until(world, none_pending)

    assert [notice["level"] for _, notice in channel.sent] == ["danger", "danger"]
    assert {(row.occasion, str(row.state)) for row in rows} == {
        ("danger", "sent"),
        ("watch", "expired"),
    }


async def test_danger_goes_before_what_waited_longer(world: World) -> None:
    await world.add(
        Geofence(site_id="valley", name="Road", area=square(500, 0), buffer_m=1, watch_m=2)
    )
    await world.tell(world.ridge, a_message())
    async with world.database.transaction() as session:
        session.add(Follow(person_id=world.villager.id, geofence_id=2))
    await world.tell(world.ridge, a_message(captured_at=DUSK + MINUTE, simulated=True))

    async with world.database.transaction() as session:
        (first,) = await claim(session, DUSK + 2 * MINUTE, 1)

    assert first.occasion == "danger"


async def test_who_was_rung_hears_the_end(world: World, clock: Clock) -> None:
    channel = FakeChannel()
    await world.tell(world.ridge, a_message())
    async with dispatching(world, channel, clock):
        await until(world, none_pending)
        alert = await world.the_alert()
        await world.answer(world.ranger, alert.id, AnswerKind.FALSE_ALARM, clock.now)
        await until(world, lambda rows: none_pending(rows) and len(rows) == 4)

    assert sorted(str(notice["state"]) for _, notice in channel.sent) == [
        "raised",
        "raised",
        "retracted",
        "retracted",
    ]


async def test_danger_that_nobody_answers_rings_again_and_says_that_it_does(
    world: World, clock: Clock
) -> None:
    channel = FakeChannel()
    await world.tell(world.yard, a_message())
    async with dispatching(world, channel, clock):
        await until(world, none_pending)
        alert = await world.the_alert()
        await world.answer(world.villager, alert.id, AnswerKind.SEEN, clock.now)
        clock.now += MINUTE
        await until(world, lambda rows: none_pending(rows) and any(row.rings > 1 for row in rows))
        clock.now += 15 * MINUTE
        await until(world, lambda rows: all(row.repeat_at is None for row in rows))

    rings = [(endpoint.rpartition("/")[2], notice["ring"]) for endpoint, notice in channel.sent]
    assert sorted(rings[:2]) == [("Bo", 1), ("Mai", 1)]
    assert rings[2:] == [("Bo", 2)]
    assert len({notice["delivery_id"] for _, notice in channel.sent}) == 2


async def test_a_drill_says_so(world: World, clock: Clock) -> None:
    channel = FakeChannel()
    await world.tell(world.ridge, a_message(simulated=True))

    async with dispatching(world, channel, clock):
        await until(world, none_pending)

    assert all(notice["simulated"] for _, notice in channel.sent)
    assert all("DRILL" in str(notice["title"]).upper() for _, notice in channel.sent)


async def test_a_database_that_stumbles_is_waited_for(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([OSError("the database went away")])
    real = Database.transaction

    def sometimes(
        self: Database, *, brief: bool = False
    ) -> contextlib.AbstractAsyncContextManager[object]:
        for failure in failures:
            raise failure
        return real(self, brief=brief)

    await world.tell(world.ridge, a_message())
    monkeypatch.setattr(Database, "transaction", sometimes)

    channel = FakeChannel()
    async with dispatching(world, channel, clock):
        await channel.has_sent(2)


async def test_a_phone_rings_through_the_real_protocol(world: World, tmp_path: Path) -> None:
    keys = VapidKeys.load_or_create(tmp_path / "vapid.pem")
    async with SoftwarePushService() as service, aiohttp.ClientSession() as session:
        software_phone = service.new_phone(keys.public_key)
        async with world.database.transaction() as rows:
            phone = await rows.get_one(Phone, 1)
            phone.endpoint = software_phone.address.endpoint
            phone.p256dh = software_phone.address.keys["p256dh"]
            phone.auth = software_phone.address.keys["auth"]
        policy = EndpointPolicy(frozenset({service.origin}))
        channel = WebPushChannel(keys, session, policy=policy)
        captured_at = datetime.now(UTC)
        await world.tell(world.ridge, a_message(captured_at=captured_at))

        async with dispatching(world, channel, lambda: datetime.now(UTC)):
            (notice,) = await software_phone.wait_for(1)

    assert notice["alert_id"] == (await world.the_alert()).id


async def test_what_has_ended_makes_nobody_look_for_more(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "INSIST_EVERY_S", 60.0)
    looked: list[int] = []

    async def counted(session: AsyncSession, now: datetime, limit: int) -> list[claims.Job]:
        looked.append(limit)
        return await claim(session, now, limit)

    monkeypatch.setattr(claims, "claim", counted)
    await world.tell(world.ridge, a_message())
    wake = asyncio.Event()
    dispatcher = Dispatcher(
        world.database, {"web_push": FakeChannel()}, secret=SECRET, wake=wake, clock=clock
    )
    async with dispatching(world, FakeChannel(), clock, dispatcher=dispatcher):
        await until(world, none_pending)
        before = len(looked)
        wake.set()
        async with asyncio.timeout(PATIENCE_S):
            while len(looked) == before:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)

    assert looked == [dispatch.MOST_AT_ONCE] * 2
