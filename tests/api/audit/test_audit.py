from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from api.audit.store import note
from api.audit.tables import AuditEntry
from api.tables import Person, Role, Site
from tests.api.shell import Shell
from tests.api.world import DUSK, World, square

AUDIT = "/api/v1/audit"


async def test_what_an_operator_changes_is_read_by_an_administrator_with_before_and_after(
    shell: Shell, world: World
) -> None:
    fence = {"type": "Feature", "geometry": square(0, 0), "properties": {"name": "Guanping"}}
    async with shell.signed_in(Role.OPERATOR) as operator:
        for share in (0.4, 0.6):
            wish = {"settings": {"thresholds": {"night_ir": share}}}
            answer = await operator.put("/api/v1/stations/ridge/config", json=wish)
            assert answer.status_code == 200, answer.text
        drawn = await operator.put(
            "/api/v1/geofences",
            json={
                "type": "FeatureCollection",
                "features": [fence | {"properties": {"name": "Guanping", "buffer_m": 900}}],
            },
        )
        assert drawn.status_code == 200, drawn.text
        assert (await operator.get(AUDIT)).status_code == 403
    async with shell.signed_in(Role.ADMINISTRATOR) as boss:
        entries = (await boss.get(AUDIT)).json()["entries"]
        configs = (await boss.get(AUDIT, params={"area": "config"})).json()["entries"]

    assert [one["action"] for one in entries] == ["geofence.change", *["config.wish"] * 2]
    assert (entries[0]["before"]["buffer_m"], entries[0]["after"]["buffer_m"]) == (500, 900)
    assert "area" not in entries[0]["after"]  # it lies where it lay
    assert [one["before"] for one in configs] == [{"thresholds": {"night_ir": 0.4}}, {}]
    assert configs[0]["after"] == {"thresholds": {"night_ir": 0.6}}
    assert (configs[0]["subject"], configs[0]["by"]) == ("ridge", "operator")


async def test_a_change_that_was_refused_leaves_no_entry(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.OPERATOR) as operator:
        refused = await operator.put(
            "/api/v1/stations/ridge/config", json={"settings": {"thresholds": {"night_ir": 7}}}
        )

    assert refused.status_code == 422
    assert await world.rows(AuditEntry) == []


async def test_the_database_itself_keeps_what_was_noted(world: World) -> None:
    async with world.database.transaction() as session:
        await note(session, world.ranger, "config.wish", DUSK, subject="ridge")

    for statement in (update(AuditEntry).values(subject="none"), delete(AuditEntry)):
        with pytest.raises(DBAPIError, match="the audit log only grows"):
            async with world.database.transaction() as session:
                await session.execute(statement)
    (entry,) = await world.rows(AuditEntry)
    assert entry.subject == "ridge"


async def test_pages_follow_each_other_without_a_gap_and_of_the_own_site_alone(
    shell: Shell, world: World
) -> None:
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    async with world.database.transaction() as session:
        for number in range(5):
            at = DUSK + timedelta(minutes=number)
            await note(session, world.ranger, "config.wish", at, subject=f"n{number}")
        await note(session, "hills", "config.wish", DUSK, subject="theirs")
    seen: list[str] = []
    before: int | None = None
    async with shell.signed_in(Role.ADMINISTRATOR) as boss:
        for _ in range(3):
            params = {"limit": 2} | ({} if before is None else {"before": before})
            page = (await boss.get(AUDIT, params=params)).json()
            seen += [one["subject"] for one in page["entries"]]
            before = page["next"]

    assert seen == ["n4", "n3", "n2", "n1", "n0"]
    assert before is None


async def test_whoever_is_forgotten_is_forgotten_in_the_log_too(shell: Shell, world: World) -> None:
    async with world.database.transaction() as session:
        await note(session, world.ranger, "config.wish", DUSK, subject="ridge")
    async with shell.signed_in(Role.ADMINISTRATOR) as boss:
        gone = await boss.delete(f"/api/v1/people/{world.ranger.id}")
        assert gone.status_code == 204, gone.text
        page = await boss.get(AUDIT, params={"person_id": world.ranger.id})

    told = [(one["action"], one["by"], one["about"]) for one in page.json()["entries"]]
    assert told == [
        ("person.forget", "administrator", "somebody"),
        ("config.wish", "somebody", None),
    ]
    assert "Bo" not in [person.name for person in await world.rows(Person)]
