from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from api import inbox as inbox_module
from api.batch import Batch
from api.broker.connection import Arrived
from api.events.rules import Timings
from api.fleet.hearing import hear_healths
from api.fleet.tables import StationHour
from api.inbox import Inbox
from api.media.folder import MediaFolder
from api.pipeline import handle_detections
from api.tables import Alert, Change, Detection, Media, QuarantineCount, Quarantined, Station
from edge_agent.contracts.messages import (
    HealthMessage,
    StationState,
    StatusMessage,
    StorageReceipt,
    body_sha256,
)
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import DETECTIONS, HEALTH, STATUS, STORED, site_alerts
from tests.api.shell import PICTURE, arrived, detection_said, picture_said, said
from tests.api.world import DUSK, World, a_message

SOON = DUSK + timedelta(seconds=2)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(MediaFolder(tmp_path / "media"), Timings())


async def take(
    inbox: Inbox, world: World, messages: Sequence[Arrived], now: datetime = SOON
) -> Batch:
    async with world.database.transaction() as session:
        return await inbox.take(session, messages, now)


def receipt_of(batch: Batch, station: Station) -> StorageReceipt | None:
    return {told.id: receipt for told, receipt in batch.receipts()}.get(station.id)


def another_topic(topic: str, message: Arrived) -> Arrived:
    return arrived(topic, message.payload)


def of_ridge(world: World) -> Arrived:
    return detection_said(world.ridge, a_message())


BROKEN: dict[str, Callable[[World], Arrived]] = {
    "unknown_topic": lambda world: arrived("trunkline/v1/valley/ridge/gossip", b"x"),
    "unknown_station": lambda world: another_topic(
        "trunkline/v1/valley/nobody/detections", of_ridge(world)
    ),
    "unsealed": lambda world: arrived(DETECTIONS.of("valley", "ridge"), b"{}"),
    "forged": lambda world: another_topic(DETECTIONS.of("valley", "yard"), of_ridge(world)),
    "unreadable": lambda world: said(world.ridge, DETECTIONS, b'{"id": 7, "captured_at": "soon"}'),
    "too_large": lambda world: said(world.ridge, DETECTIONS, b" " * 300_000),
}


@pytest.mark.parametrize("code", BROKEN)
async def test_a_broken_message_is_kept_apart_and_the_next_goes_through(
    code: str, world: World, inbox: Inbox
) -> None:
    broken, good = BROKEN[code](world), of_ridge(world)

    batch = await take(inbox, world, [broken, good])

    (kept,) = await world.rows(Quarantined)
    assert (kept.reason_code, kept.size_bytes) == (code, len(broken.payload))
    assert len(await world.rows(Detection)) == 1
    receipt = receipt_of(batch, world.ridge)
    assert receipt is not None
    assert len(receipt.items) == 1


@pytest.mark.parametrize(
    ("code", "is_told"), [("unreadable", True), ("too_large", True), ("forged", False)]
)
async def test_only_the_author_is_told_that_its_message_is_hopeless(
    code: str, is_told: bool, world: World, inbox: Inbox
) -> None:
    broken = BROKEN[code](world)

    batch = await take(inbox, world, [broken])

    told = [refused.body_sha256 for _, receipt in batch.receipts() for refused in receipt.refused]
    assert told == ([body_sha256(broken.payload[65:])] if is_told else [])


async def test_a_message_that_we_fail_to_handle_is_not_confirmed(
    world: World, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlucky, lucky = a_message(), a_message()

    async def stumble(session, heard, *rest):  # type: ignore[no-untyped-def]
        refused = await handle_detections(session, heard, *rest)
        if any(message.id == unlucky.id for _, message in heard):
            raise ZeroDivisionError("our own fault")
        return refused

    monkeypatch.setattr(inbox_module, "handle_detections", stumble)
    both = [detection_said(world.ridge, each) for each in (unlucky, lucky)]
    batch = await take(inbox, world, both)

    receipt = receipt_of(batch, world.ridge)
    assert receipt is not None
    assert [item.id for item in receipt.items] == [str(lucky.id)]
    assert receipt.refused == ()
    assert [row.id for row in await world.rows(Detection)] == [str(lucky.id)]
    assert [row.reason_code for row in await world.rows(Quarantined)] == ["failed"]


async def test_a_failing_database_confirms_nothing(
    world: World, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("the disk is full"))

    good = of_ridge(world)
    with monkeypatch.context() as patched:
        patched.setattr(inbox_module, "handle_detections", cut_off)
        with pytest.raises(OperationalError):
            await take(inbox, world, [picture_said(world.ridge, PICTURE), good])
    assert await world.rows(Media) == []

    await take(inbox, world, [good])
    assert len(await world.rows(Detection)) == 1


async def test_a_repeated_batch_is_confirmed_again_and_changes_nothing(
    world: World, inbox: Inbox
) -> None:
    messages = [of_ridge(world), picture_said(world.ridge, PICTURE)]

    first = await take(inbox, world, messages)
    again = await take(inbox, world, messages, SOON + timedelta(seconds=20))

    assert receipt_of(first, world.ridge) == receipt_of(again, world.ridge)
    assert len(await world.rows(Detection)) == len(await world.rows(Alert)) == 1
    assert len(await world.rows(Media)) == 1


@pytest.mark.parametrize(
    ("picture", "sha256"),
    [
        (b"GIF89a", None),
        (PICTURE[:-2], None),
        (PICTURE, body_sha256(b"another picture")),
        (PICTURE[:-2] + b"." * 31_000 + PICTURE[-2:], None),
    ],
    ids=["no picture", "a torn one", "another one than its name says", "a huge one"],
)
async def test_what_is_no_picture_is_refused(
    picture: bytes, sha256: str | None, world: World, inbox: Inbox
) -> None:
    batch = await take(inbox, world, [picture_said(world.ridge, picture, sha256=sha256)])

    receipt = receipt_of(batch, world.ridge)
    assert receipt is not None
    assert (len(receipt.items), len(receipt.refused)) == (0, 1)
    assert await world.rows(Media) == []


async def test_a_picture_may_come_before_its_detection(
    world: World, inbox: Inbox, tmp_path: Path
) -> None:
    await take(inbox, world, [picture_said(world.ridge, PICTURE)])

    sha256 = body_sha256(PICTURE)
    assert MediaFolder(tmp_path / "media").path_of(sha256).read_bytes() == PICTURE
    assert [media.media_type for media in await world.rows(Media)] == ["image/jpeg"]


async def test_a_flood_is_counted_whole_and_kept_in_part(world: World, inbox: Inbox) -> None:
    forged = BROKEN["forged"](world)

    await take(inbox, world, [forged] * 150)
    await take(inbox, world, [forged] * 50)

    (count,) = await world.rows(QuarantineCount)
    assert (count.scope, count.reason_code, count.count) == ("valley", "forged", 200)
    assert 1 <= len(await world.rows(Quarantined)) <= 20


async def test_the_server_does_not_listen_to_itself(world: World, inbox: Inbox) -> None:
    own = [STORED.of("valley", "ridge"), site_alerts("valley")]

    await take(inbox, world, [arrived(topic, b"said by us") for topic in own])

    assert await world.rows(Quarantined) == []


def status(station: Station, state: StationState, at: datetime, *, replayed: bool) -> Arrived:
    message = said(station, STATUS, StatusMessage(state=state, at=at))
    return arrived(message.topic, message.payload, retained=replayed)


async def test_a_replayed_status_wakes_no_dead_station(world: World, inbox: Inbox) -> None:
    online, offline = StationState.ONLINE, StationState.OFFLINE
    connected_at = SOON - timedelta(minutes=10)
    told = status(world.ridge, online, connected_at, replayed=False)
    await take(inbox, world, [told], connected_at)
    # A last will is written before its connection, so its time is the older one.
    will = status(world.ridge, offline, connected_at - timedelta(seconds=1), replayed=False)
    await take(inbox, world, [will])

    await take(inbox, world, [status(world.ridge, online, connected_at, replayed=True)])

    ridge = next(row for row in await world.rows(Station) if row.id == world.ridge.id)
    assert ridge.state == "offline"
    assert ridge.last_seen_at == SOON


async def test_the_will_of_a_replaced_connection_is_not_believed(
    world: World, inbox: Inbox
) -> None:
    online, offline = StationState.ONLINE, StationState.OFFLINE
    await take(inbox, world, [status(world.ridge, online, SOON, replayed=False)])

    old = SOON - timedelta(minutes=5)
    await take(inbox, world, [status(world.ridge, offline, old, replayed=False)])

    ridge = next(row for row in await world.rows(Station) if row.id == world.ridge.id)
    assert ridge.state == "online"


async def test_a_station_that_dies_after_a_long_life_is_offline(world: World, inbox: Inbox) -> None:
    online, offline = StationState.ONLINE, StationState.OFFLINE
    connected_at = SOON - timedelta(hours=9)
    await take(inbox, world, [status(world.ridge, online, connected_at, replayed=False)])
    await take(inbox, world, [said(world.ridge, HEALTH, HealthMessage(at=SOON))])

    # Its last will was written when its connection began.
    await take(inbox, world, [status(world.ridge, offline, connected_at, replayed=False)])

    ridge = next(row for row in await world.rows(Station) if row.id == world.ridge.id)
    assert ridge.state == "offline"


async def test_a_station_whose_clock_was_set_back_a_day_is_still_heard(
    world: World, inbox: Inbox
) -> None:
    yesterday = SOON - timedelta(days=1)
    await take(inbox, world, [status(world.ridge, StationState.ONLINE, SOON, replayed=False)])

    told = [StationState.STOPPED, StationState.ONLINE, StationState.OFFLINE]
    heard = []
    for minute, state in enumerate(told):
        at = yesterday + timedelta(minutes=minute)
        await take(inbox, world, [status(world.ridge, state, at, replayed=False)])
        heard.append(
            next(row.state for row in await world.rows(Station) if row.id == world.ridge.id)
        )

    assert heard == told


async def test_elephants_before_a_station_whose_clock_is_a_day_behind_are_news(
    world: World, inbox: Inbox
) -> None:
    its_now = SOON - timedelta(days=1)
    message = a_message(captured_at=its_now, clock="free_running", waited_s=0.5)
    health = said(world.ridge, HEALTH, HealthMessage(at=its_now))

    await take(inbox, world, [detection_said(world.ridge, message), health])

    [detection] = await world.rows(Detection)
    assert not detection.historical
    assert detection.captured_at == SOON - timedelta(seconds=0.5)
    assert await world.rows(Alert) != []


async def test_a_station_that_tells_its_health_is_online(world: World, inbox: Inbox) -> None:
    health = HealthMessage(at=SOON, queue_length=3, release="elephant-0.1")

    await take(inbox, world, [said(world.ridge, HEALTH, health)])

    ridge = next(row for row in await world.rows(Station) if row.id == world.ridge.id)
    assert (ridge.state, ridge.health["queue_length"]) == ("online", 3)
    assert [change.kind for change in await world.rows(Change)] == ["station"]


async def test_reports_of_one_batch_are_heard_in_their_order_and_each_for_itself(
    world: World, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(session, heard, now):  # type: ignore[no-untyped-def]
        await hear_healths(session, heard, now)
        if any(message.queue_length == 13 for _, message in heard):
            raise ZeroDivisionError("our own fault")

    monkeypatch.setattr(inbox_module, "hear_healths", stumble)
    told = [(world.ridge, 1), (world.yard, 2), (world.ridge, 3)]
    good = [said(who, HEALTH, HealthMessage(at=SOON, queue_length=n)) for who, n in told]

    for unlucky in ([], [said(world.yard, HEALTH, HealthMessage(at=SOON, queue_length=13))]):
        broken = said(world.ridge, HEALTH, b'{"queue_length": -1}')
        batch = await take(inbox, world, [*good[:2], broken, *unlucky, good[2]])

        assert batch.kinds == {"health": 3}
        stations = {row.id: row for row in await world.rows(Station)}
        assert stations[world.ridge.id].health["queue_length"] == 3
        assert stations[world.yard.id].health["queue_length"] == 2
    hours = await world.rows(StationHour)
    assert [(hour.station_id, hour.queue_length) for hour in hours] == [
        (world.ridge.id, 1),
        (world.yard.id, 2),
    ]
    reasons = [row.reason_code for row in await world.rows(Quarantined)]
    assert sorted(reasons) == ["failed", "unreadable", "unreadable"]


async def test_a_hundred_reports_of_health_are_asked_no_more_than_one(
    world: World, inbox: Inbox
) -> None:
    asked: list[str] = []
    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for many in (1, 100):
        asked.clear()
        reports = [HealthMessage(at=SOON, queue_length=number) for number in range(many)]
        await take(inbox, world, [said(world.ridge, HEALTH, each) for each in reports])
        counts.append(len(asked))

    assert counts[1] <= counts[0]


async def test_no_bytes_stop_the_batch(world: World, inbox: Inbox) -> None:
    topic = DETECTIONS.of("valley", "ridge")
    bodies = [
        b"",
        b"\x00" * 70,
        b"\xff\xfe{",
        b"[" * 10_000,
        b'{"id":' * 1000,
        b"null",
        b'"\\u0000"',
        b'{"id": "\\u0000"}',  # of which the reason quotes what no database can keep
    ]
    sealed = [arrived(topic, seal(world.ridge.key, topic, body)) for body in bodies]
    bare = [arrived(topic, body) for body in bodies]
    odd = [arrived(name, b"x") for name in ("", "/", "trunkline", "trunkline/v1//", "a\x00b")]

    batch = await take(inbox, world, [*sealed, *bare, *odd, of_ridge(world)])

    assert sum(batch.rejected.values()) == len(sealed) + len(bare) + len(odd)
    assert len(await world.rows(Detection)) == 1
