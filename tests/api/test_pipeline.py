import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from api.database import Database
from api.events.rules import ForeignDetectionError
from api.pipeline import Heard, handle_detection, handle_detections
from api.tables import (
    Alert,
    AlertLevel,
    AlertState,
    AnswerKind,
    Change,
    Delivery,
    DeliveryState,
    Detection,
    Event,
    Geofence,
    Herd,
    LedgerEntry,
    Phone,
)
from edge_agent.contracts.ids import uuid7
from tests.api.world import DUSK, World, a_message, square, with_tables
from tests.private_postgres import new_database

MINUTE = timedelta(minutes=1)


async def test_a_sighting_near_the_village_rings_its_followers(world: World) -> None:
    await world.tell(world.ridge, a_message("elephant", "elephant"))

    alert = await world.the_alert()
    assert (alert.level, alert.state, alert.count) == (AlertLevel.WARNING, AlertState.RAISED, 2)
    assert alert.distance_m == pytest.approx(400, abs=1)
    assert alert.bearing_deg == pytest.approx(90, abs=1)
    assert await world.occasions() == ["warning", "warning"]
    assert {row.kind for row in await world.rows(Change)} == {"detection", "alert"}


async def test_a_redelivery_changes_nothing(world: World) -> None:
    message = a_message()

    for later in range(3):
        await world.tell(world.ridge, message, now=DUSK + later * MINUTE)

    assert len(await world.rows(Detection)) == len(await world.rows(Event)) == 1
    assert len(await world.rows(Delivery)) == 2
    assert len(await world.rows(Change)) == 2
    assert (await world.the_alert()).changed_at == DUSK


async def test_revisions_count_the_newest_whatever_their_order(world: World) -> None:
    first = a_message()
    second = a_message("elephant", "elephant", "elephant", message_id=first.id, revision=2)

    for message in (second, first):
        await world.tell(world.ridge, message)

    (detection,) = await world.rows(Detection)
    assert (detection.revision, detection.elephants) == (2, 3)
    assert (await world.the_alert()).count == 3


async def test_a_growing_sighting_stays_one_event_and_one_alert(world: World) -> None:
    first = a_message()
    grown = a_message(
        "elephant", "elephant", message_id=first.id, revision=2, captured_at=DUSK + 40 * MINUTE
    )

    await world.tell(world.ridge, first)
    await world.tell(world.ridge, grown)

    (event,) = await world.rows(Event)
    assert (event.started_at, event.ended_at, event.count) == (DUSK, DUSK + 40 * MINUTE, 2)
    assert await world.occasions() == ["warning", "warning"]


async def test_a_station_cannot_rewrite_what_another_saw(world: World) -> None:
    message = a_message()
    await world.tell(world.ridge, message)

    with pytest.raises(ForeignDetectionError, match="another station"):
        await world.tell(world.yard, a_message(message_id=message.id, revision=9))

    assert (await world.the_alert()).level == AlertLevel.WARNING


async def test_late_news_is_kept_and_never_rings(world: World) -> None:
    await world.tell(world.yard, a_message(), now=DUSK + 16 * MINUTE)

    (detection,) = await world.rows(Detection)
    (event,) = await world.rows(Event)
    assert detection.historical
    assert event.herd_id is not None
    assert not await world.rows(Alert)


async def test_what_once_was_news_does_not_become_history_by_a_late_revision(world: World) -> None:
    message = a_message()
    await world.tell(world.ridge, message)

    await world.tell(
        world.ridge, a_message(message_id=message.id, revision=2), now=DUSK + 60 * MINUTE
    )

    (detection,) = await world.rows(Detection)
    assert detection.revision == 2
    assert not detection.historical


async def test_elephants_that_stay_keep_their_alert_young_and_their_picture_as_old_as_it_is(
    world: World,
) -> None:
    first = a_message()
    await world.tell(world.ridge, first)
    later = DUSK + timedelta(minutes=20)
    still_here = first.model_copy(update={"revision": 2, "last_seen_at": later})

    await world.tell(world.ridge, still_here, now=later + timedelta(seconds=2))

    (detection,) = await world.rows(Detection)
    (event,) = await world.rows(Event)
    assert (detection.captured_at, detection.historical) == (DUSK, False)
    assert (event.started_at, event.ended_at) == (DUSK, later)
    assert (await world.the_alert()).captured_at == later


async def test_a_clock_that_runs_ahead_rings_all_the_same(world: World) -> None:
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(days=300)), now=DUSK)

    alert = await world.the_alert()
    (herd,) = await world.rows(Herd)
    assert alert.captured_at == herd.last_seen_at == DUSK


async def test_a_clock_that_was_never_set_rings_all_the_same(world: World) -> None:
    captured_at = DUSK.replace(year=1990)
    message = a_message(captured_at=captured_at, sent_at=captured_at + 4 * MINUTE, clock="unset")

    await world.tell(world.ridge, message, now=DUSK)

    assert (await world.the_alert()).captured_at == DUSK - 4 * MINUTE


async def test_people_alone_are_no_herd(world: World) -> None:
    await world.tell(world.yard, a_message("person", "vehicle"))

    (detection,) = await world.rows(Detection)
    assert (detection.elephants, detection.event_id) == (0, None)
    assert not await world.rows(Herd)


@pytest.mark.parametrize(("after", "level"), [(10, "danger"), (25, "warning")])
async def test_somebody_who_walks_where_elephants_just_did_is_in_danger(
    after: int, level: str, world: World
) -> None:
    elephants = a_message()
    await world.tell(world.ridge, elephants)
    passed_at = elephants.captured_at + timedelta(minutes=after)
    later = elephants.model_copy(update={"revision": 2, "person_seen_at": passed_at})

    await world.tell(world.ridge, later)

    (alert,) = await world.rows(Alert)
    assert alert.level == level


async def test_people_beside_an_elephant_in_the_buffer_are_in_danger(world: World) -> None:
    await world.tell(world.ridge, a_message("elephant", "person"))

    assert (await world.the_alert()).level == AlertLevel.DANGER


async def test_one_herd_that_comes_nearer_is_one_alert_that_grows(world: World) -> None:
    await world.tell(world.far, a_message())
    await world.tell(world.ridge, a_message(captured_at=DUSK + 10 * MINUTE))
    await world.tell(world.yard, a_message(captured_at=DUSK + 20 * MINUTE))
    await world.tell(world.far, a_message(captured_at=DUSK + 30 * MINUTE))

    alert = await world.the_alert()
    assert len(await world.rows(Herd)) == 1
    assert alert.level == AlertLevel.DANGER  # it walked away again; people say when it is over
    assert alert.distance_m == pytest.approx(1000, abs=2)
    assert await world.occasions() == sorted(["watch", "warning", "danger"] * 2)


async def test_news_out_of_order_does_not_turn_the_herd_back(world: World) -> None:
    await world.tell(world.yard, a_message(captured_at=DUSK + 5 * MINUTE))
    await world.tell(world.far, a_message(captured_at=DUSK), now=DUSK + 6 * MINUTE)

    alert = await world.the_alert()
    (herd,) = await world.rows(Herd)
    assert (alert.distance_m, alert.captured_at) == (0, DUSK + 5 * MINUTE)
    assert herd.latitude == pytest.approx(world.yard.latitude)


async def test_a_herd_not_seen_for_hours_is_over_and_the_next_rings_anew(world: World) -> None:
    await world.tell(world.ridge, a_message())
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(hours=4, minutes=1)))

    assert len(await world.rows(Herd)) == len(await world.rows(Alert)) == 2


async def test_a_herd_that_returns_after_hours_rings_anew_though_nobody_ended_its_alert(
    world: World,
) -> None:
    await world.tell(world.ridge, a_message())
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(hours=2, minutes=59)))
    grown = len(await world.rows(Alert))
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(hours=6, minutes=1)))

    assert grown == 1
    assert sorted(row.visit for row in await world.rows(Alert)) == [1, 2]
    assert (await world.occasions()).count("warning") == 4


async def test_a_drill_never_meets_a_real_herd(world: World) -> None:
    await world.tell(world.ridge, a_message())
    await world.tell(world.ridge, a_message(simulated=True, captured_at=DUSK + MINUTE))

    rows: list[Event | Herd | Alert] = [
        *await world.rows(Event),
        *await world.rows(Herd),
        *await world.rows(Alert),
    ]
    assert sorted(row.simulated for row in rows) == [False] * 3 + [True] * 3


async def test_all_that_a_simulated_station_says_is_a_drill(world: World) -> None:
    world.ridge.simulated = True

    await world.tell(world.ridge, a_message(simulated=False))

    assert (await world.the_alert()).simulated


async def test_a_drill_cannot_turn_into_a_sighting(world: World) -> None:
    drill = a_message(simulated=True)
    await world.tell(world.ridge, drill)

    with pytest.raises(ForeignDetectionError, match="drill"):
        await world.tell(world.ridge, a_message(message_id=drill.id, revision=2))


async def test_a_sighting_beyond_the_watch_ring_concerns_nobody(world: World) -> None:
    await world.add(
        Geofence(site_id="valley", name="Hamlet", area=square(9000, 0), buffer_m=1, watch_m=2)
    )

    await world.tell(world.ridge, a_message())

    assert (await world.the_alert()).geofence_id == world.village.id


async def test_a_phone_that_is_gone_is_not_rung(world: World) -> None:
    async with world.database.transaction() as session:
        phone = await session.get_one(Phone, 1)
        phone.gone_at = DUSK

    await world.tell(world.ridge, a_message())

    assert [row.phone_id for row in await world.rows(Delivery)] == [2]


async def test_an_alert_that_never_was_committed_uses_nothing_up(world: World) -> None:
    async with world.database.transaction() as session:
        await handle_detection(session, world.ridge, a_message(), DUSK)
        await session.rollback()  # as when the process is killed before the commit

    await world.tell(world.ridge, a_message(captured_at=DUSK + MINUTE))

    assert await world.occasions() == ["warning", "warning"]


async def test_an_ended_alert_stays_ended_while_the_herd_walks_off(world: World) -> None:
    await world.tell(world.far, a_message())
    alert = await world.the_alert()
    await world.answer(world.ranger, alert.id, AnswerKind.ALL_CLEAR)

    await world.tell(world.ridge, a_message(captured_at=DUSK + 4 * MINUTE))

    assert (await world.the_alert()).state == AlertState.ALL_CLEAR
    assert "warning" not in await world.occasions()


@pytest.mark.parametrize(
    ("ending", "quiet"), [(AnswerKind.ALL_CLEAR, 5), (AnswerKind.FALSE_ALARM, 30)]
)
async def test_a_herd_that_comes_back_after_the_end_rings_again(
    world: World, ending: AnswerKind, quiet: int
) -> None:
    await world.tell(world.far, a_message())
    first = await world.the_alert()
    await world.answer(world.ranger, first.id, ending)

    await world.tell(world.far, a_message(captured_at=DUSK + (quiet - 1) * MINUTE))
    in_between = len(await world.rows(Alert))
    await world.tell(world.ridge, a_message(captured_at=DUSK + (quiet + 2) * MINUTE))

    states = {row.visit: row.state for row in await world.rows(Alert)}
    assert in_between == 1
    assert states[2] == AlertState.RAISED
    assert "warning" in await world.occasions()
    assert len(await world.rows(Herd)) == 1


async def test_an_acknowledged_alert_still_rings_when_it_grows(world: World) -> None:
    await world.tell(world.far, a_message())
    alert = await world.the_alert()
    await world.answer(world.villager, alert.id, AnswerKind.SEEN)

    await world.tell(world.yard, a_message(captured_at=DUSK + 10 * MINUTE))

    assert (await world.occasions()).count("danger") == 2


@pytest.mark.postgres
async def test_many_stations_at_once_raise_one_alert(
    postgres_url: str, open_database: Callable[[str], Database]
) -> None:
    world = await World.build(await with_tables(open_database(postgres_url)))
    stations = [world.ridge, world.yard] * 6

    await asyncio.gather(*(world.tell(station, a_message()) for station in stations))

    assert len(await world.rows(Herd)) == 1
    assert len(await world.rows(Detection)) == len(stations)
    (alert,) = await world.rows(Alert)
    assert alert.level == AlertLevel.DANGER
    assert (await world.occasions()).count("danger") == 2


async def test_an_answer_said_twice_is_said_once(world: World) -> None:
    await world.tell(world.ridge, a_message())
    alert = await world.the_alert()
    changes = len(await world.rows(Change))
    answer_id = uuid7()

    for _ in range(2):
        answered = await world.answer(
            world.villager, alert.id, AnswerKind.SEEN, answer_id=answer_id
        )

    assert answered.state == AlertState.ACKNOWLEDGED
    assert len(await world.rows(Change)) == changes + 1


async def test_a_villager_s_doubt_is_kept_and_ends_nothing(world: World) -> None:
    await world.tell(world.ridge, a_message())
    alert = await world.the_alert()

    for kind in (AnswerKind.FALSE_ALARM, AnswerKind.ALL_CLEAR):
        answered = await world.answer(world.villager, alert.id, kind)

    assert answered.state == AlertState.RAISED


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (AnswerKind.FALSE_ALARM, AlertState.RETRACTED),
        (AnswerKind.ALL_CLEAR, AlertState.ALL_CLEAR),
    ],
)
async def test_the_end_is_told_to_those_who_were_rung_and_to_nobody_else(
    world: World, kind: AnswerKind, state: AlertState
) -> None:
    await world.tell(world.ridge, a_message())
    alert = await world.the_alert()
    kept = await _deliveries(world)
    async with world.database.transaction() as session:
        (rung, waiting) = [await session.get_one(Delivery, row.id) for row in kept]
        rung.state, rung.attempts = DeliveryState.SENT, 1

    await world.answer(world.ranger, alert.id, kind)

    told = {row.phone_id: row for row in await _deliveries(world) if row.occasion == state}
    assert set(told) == {rung.phone_id}
    stopped = {row.id: row.state for row in await _deliveries(world)}
    assert stopped[waiting.id] == DeliveryState.EXPIRED


async def test_an_answer_that_comes_too_late_is_kept_without_an_error(world: World) -> None:
    await world.tell(world.ridge, a_message())
    alert = await world.the_alert()
    await world.answer(world.ranger, alert.id, AnswerKind.ALL_CLEAR)

    answered = await world.answer(world.villager, alert.id, AnswerKind.SEEN)

    assert answered.state == AlertState.ALL_CLEAR


async def test_an_old_all_clear_does_not_clear_what_came_after_it(world: World) -> None:
    await world.tell(world.ridge, a_message())
    alert = await world.the_alert()
    await world.tell(world.ridge, a_message(captured_at=DUSK + 30 * MINUTE))

    answered = await world.answer(
        world.ranger,
        alert.id,
        AnswerKind.ALL_CLEAR,
        DUSK + 31 * MINUTE,
        answered_at=DUSK + 5 * MINUTE,
    )

    assert answered.state == AlertState.RAISED


async def test_an_answer_is_proof_on_that_person_s_phones_alone(world: World) -> None:
    await world.tell(world.ridge, a_message())
    alert = await world.the_alert()

    await world.answer(world.villager, alert.id, AnswerKind.ON_MY_WAY)

    acknowledged = {row.phone_id: row.acknowledged_at for row in await _deliveries(world)}
    phones = {row.id: row.person_id for row in await world.rows(Phone)}
    assert {phones[phone_id] for phone_id, at in acknowledged.items() if at} == {world.villager.id}


async def _deliveries(world: World) -> list[Delivery]:
    return sorted(await world.rows(Delivery), key=lambda row: row.id)


@pytest.mark.parametrize("seed", range(6))
async def test_no_order_and_no_repetition_changes_what_is_known(world: World, seed: int) -> None:
    """Three sightings that grow, as a broker may deliver them after a night of broken links."""
    messages = [
        a_message(
            *["elephant"] * (revision + number),
            message_id=message_id,
            revision=revision,
            captured_at=DUSK + (number * 4 + revision) * MINUTE,
        )
        for number, message_id in enumerate([uuid7(), uuid7(), uuid7()])
        for revision in (1, 2, 3)
    ]
    told = [*messages, *messages]
    Random(seed).shuffle(told)

    for message in told:
        await world.tell(world.ridge, message, now=DUSK + 12 * MINUTE)

    newest = {str(message.id): message for message in messages}
    known = {row.id: row for row in await world.rows(Detection)}
    assert {key: (row.revision, row.elephants) for key, row in known.items()} == {
        key: (message.revision, len(message.animals)) for key, message in newest.items()
    }
    (event,) = await world.rows(Event)
    alert = await world.the_alert()
    assert event.ended_at == alert.captured_at == DUSK + 11 * MINUTE
    assert event.count == alert.count == 5
    assert await world.occasions() == ["warning", "warning"]


def a_night(world: World, chance: Random) -> list[Heard]:
    """What three stations may tell: sightings that grow, people, drills, doubles, old news."""
    told: list[Heard] = []
    for _ in range(12):
        station = chance.choice([world.ridge, world.yard, world.far])
        message_id, is_drill = uuid7(), chance.random() < 0.1
        minute = chance.choice([*range(-40, 12), -400, -390])
        for revision in range(1, chance.randint(2, 4)):
            labels = chance.choice([["elephant"] * revision, ["elephant", "person"], ["person"]])
            message = a_message(
                *labels,
                message_id=message_id,
                revision=revision,
                captured_at=DUSK + minute * MINUTE,
                deployment_id=f"{station.name_id}-1",
                simulated=is_drill,
            )
            told += [(station, message)] * chance.randint(1, 2)
    chance.shuffle(told)
    return told


async def what_is_known(world: World) -> dict[str, object]:
    """Everything the story has left behind, in words that do not depend on numbers given."""
    herds = {
        row.id: (row.first_seen_at, row.last_seen_at, row.count, row.latitude, row.simulated)
        for row in await world.rows(Herd)
    }
    events = {
        row.id: (row.station_id, row.started_at, row.ended_at, row.count, herds[row.herd_id or 0])
        for row in await world.rows(Event)
    }
    alerts = {
        row.id: (herds[row.herd_id], row.visit, row.level, row.count, row.captured_at)
        for row in await world.rows(Alert)
    }
    return {
        "detections": sorted(
            (
                row.id,
                row.revision,
                row.elephants,
                row.historical,
                str(events.get(row.event_id or 0)),
            )
            for row in await world.rows(Detection)
        ),
        "events": sorted(events.values()),
        "herds": sorted(herds.values()),
        "alerts": sorted(alerts.values()),
        "deliveries": sorted(
            (alerts[row.alert_id], row.phone_id, str(row.occasion))
            for row in await world.rows(Delivery)
        ),
        "ledger": [json.loads(row.body)["step"] for row in await world.rows(LedgerEntry)],
    }


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def two_urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """Two databases without tables, of each kind."""
    if request.param == "sqlite":
        yield [f"sqlite+aiosqlite:///{tmp_path / name}.db" for name in ("alone", "together")]
        return
    server = request.getfixturevalue("postgres_server")
    with new_database(server) as alone, new_database(server) as together:
        yield [alone, together]


@pytest.mark.parametrize("seed", range(4))
async def test_a_batch_tells_the_same_story_as_one_after_the_other(
    open_database: Callable[[str], Database], two_urls: list[str], seed: int
) -> None:
    now = DUSK + 12 * MINUTE
    stories = []
    for url, size in zip(two_urls, (1, 9), strict=True):
        database = open_database(url)
        world = await World.build(await with_tables(database))
        told = NIGHTS.setdefault(seed, a_night(world, Random(seed)))
        for start in range(0, len(told), size):
            async with database.transaction() as session:
                await handle_detections(session, told[start : start + size], now)
        stories.append(await what_is_known(world))

    assert stories[1] == stories[0]


NIGHTS: dict[int, list[Heard]] = {}
