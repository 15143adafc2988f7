"""What was kept apart is tried once more: handled if it is good now, and never rung for."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.events.rules import Timings
from api.inbox import Inbox
from api.media.folder import MediaFolder
from api.quarantine.rules import ReasonCode
from api.tables import Alert, Delivery, Detection, QuarantineCount, Quarantined, Role, Station
from edge_agent.contracts.messages import HealthMessage
from edge_agent.contracts.topics import HEALTH
from tests.api.shell import Shell, arrived, detection_said, said
from tests.api.world import DUSK, World, a_message, place

REPLAY = "/api/v1/quarantine/replay"


async def hear(world: World, folder: Path, *messages: object, later_s: float = 2) -> None:
    inbox = Inbox(MediaFolder(folder / "media"), Timings())
    async with world.database.transaction() as session:
        await inbox.take(session, messages, DUSK + timedelta(seconds=later_s))  # type: ignore[arg-type]


def a_stranger(name: str = "ford") -> Station:
    where = place(0, 0)
    return Station(
        site_id="valley", name_id=name, name=name, key=b"f" * 32, enrolled_at=DUSK, health={},
        latitude=where.latitude, longitude=where.longitude,
    )  # fmt: skip


async def replay_all(shell: Shell, world: World) -> list[dict[str, object]]:
    ids = [row.id for row in await world.rows(Quarantined)]
    async with shell.signed_in(Role.OPERATOR) as operator:
        answer = await operator.post(REPLAY, json={"ids": ids})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_a_station_enrolled_too_late_has_its_sightings_after_all(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    message, stranger = a_message(), a_stranger()
    await hear(world, tmp_path, detection_said(stranger, message))
    (kept,) = await world.rows(Quarantined)
    async with world.database.transaction() as session:
        session.add(stranger)

    (item,) = await replay_all(shell, world)

    assert kept.reason_code == ReasonCode.UNKNOWN_STATION
    assert item == {"id": kept.id, "is_handled": True, "reason": ""}
    assert [row.id for row in await world.rows(Detection)] == [str(message.id)]
    assert await world.rows(Quarantined) == []
    assert [row.count for row in await world.rows(QuarantineCount)] == [1]  # it did happen


@pytest.mark.parametrize("clock", ["synchronised", "unset"])
async def test_nobody_is_rung_for_what_lay_in_quarantine(
    shell: Shell, world: World, tmp_path: Path, clock: str
) -> None:
    stranger = a_stranger()
    await hear(world, tmp_path, detection_said(stranger, a_message(clock=clock)))
    async with world.database.transaction() as session:
        session.add(stranger)
    shell.clock.wind(days=2)

    (item,) = await replay_all(shell, world)

    (sighting,) = await world.rows(Detection)
    assert item["is_handled"]
    assert sighting.historical
    assert sighting.captured_at < DUSK + timedelta(minutes=1)
    assert await world.rows(Alert) == []
    assert await world.rows(Delivery) == []


async def test_what_is_still_forged_stays_and_is_not_counted_again(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    good = detection_said(world.ridge, a_message())
    await hear(world, tmp_path, arrived(good.topic, good.payload + b" "))

    items = await replay_all(shell, world) + await replay_all(shell, world)

    assert [item["is_handled"] for item in items] == [False, False]
    assert "seal" in str(items[0]["reason"])
    assert await world.rows(Detection) == []
    assert len(await world.rows(Quarantined)) == 1
    assert [row.count for row in await world.rows(QuarantineCount)] == [1]


async def test_a_station_s_old_health_does_not_become_its_health(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    stranger = a_stranger()
    await hear(world, tmp_path, said(stranger, HEALTH, HealthMessage(at=DUSK, queue_length=9)))
    async with world.database.transaction() as session:
        session.add(stranger)

    (item,) = await replay_all(shell, world)

    assert item["reason"] == "how a station was then says nothing now"
    assert {row.name_id: row.health for row in await world.rows(Station)}["ford"] == {}


async def test_an_operator_cannot_touch_another_site_s_quarantine(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    good = detection_said(world.ridge, a_message())
    elsewhere = good.topic.replace("/valley/", "/other/")
    await hear(world, tmp_path, arrived(elsewhere, good.payload))

    assert await replay_all(shell, world) == []


def test_a_command_replays_and_says_what_stays(tmp_path: Path) -> None:
    data = ["--data-dir", str(tmp_path / "data")]
    runner = CliRunner()
    runner.invoke(app, ["site", "add", "valley", "--latitude", "22", "--longitude", "100", *data])

    ended = runner.invoke(app, ["quarantine", "replay", *data])
    nothing = runner.invoke(app, ["quarantine", "replay", "--all", *data])
    missing = runner.invoke(app, ["quarantine", "replay", "7", *data])
    listed = runner.invoke(app, ["quarantine", "list", *data])

    assert (ended.exit_code, "say which" in ended.stderr) == (1, True)
    assert (nothing.exit_code, nothing.stdout) == (0, "0 handled, 0 stay\n")
    assert (missing.exit_code, "not in quarantine: 7" in missing.stderr) == (1, True)
    assert listed.stdout == "0 kept apart\n"
