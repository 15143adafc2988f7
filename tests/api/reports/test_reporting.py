"""What people report, over HTTP: the same story as a camera's."""

import base64
from datetime import datetime, timedelta
from typing import Any

import httpx

from api.alerts.store import alert_of
from api.dependencies import API
from api.media.rules import media_type_of
from api.reports.tables import Report
from api.stations.store import PEOPLES_STATION
from api.tables import Alert, AlertLevel, Delivery, Detection, Role, Station
from edge_agent.contracts.ids import uuid7
from tests.api.shell import PICTURE, Shell
from tests.api.world import DUSK, World, a_message, place

IN_THE_VILLAGE = place(20, 0)


def a_report(report_id: str | None = None, sent_at: datetime = DUSK, **others: Any) -> Any:
    body: dict[str, Any] = {
        "id": report_id or str(uuid7()),
        "count": 4,
        "heading": "sw",
        "latitude": IN_THE_VILLAGE.latitude,
        "longitude": IN_THE_VILLAGE.longitude,
        "uncertainty_m": 20,
        "positioned": "gps",
        "seen_at": DUSK.isoformat(),
        "sent_at": sent_at.isoformat(),
    }
    return body | others


async def report(browser: httpx.AsyncClient, body: Any) -> httpx.Response:
    return await browser.post(f"{API}/reports", json=body)


async def test_a_ranger_s_word_rings_like_a_camera_and_only_once(
    shell: Shell, world: World
) -> None:
    body = a_report()
    async with shell.signed_in(Role.RANGER) as ranger:
        first = await report(ranger, body)
        again = await report(ranger, body)
        (alert,) = (await ranger.get(f"{API}/alerts")).json()["alerts"]
        stations = (await ranger.get(f"{API}/stations")).json()["stations"]

    assert first.status_code == again.status_code == 201, first.text
    assert (alert["level"], alert["count"]) == ("danger", 4)
    assert alert["reported"] == {
        "id": body["id"], "person": "ranger", "believed": True, "heading": "sw"
    }  # fmt: skip
    assert alert["position"]["latitude"] == IN_THE_VILLAGE.latitude
    assert alert["station"] is None
    assert len(await world.rows(Delivery)) == 2
    (sighting,) = await world.rows(Detection)
    assert sighting.release == "human"
    assert PEOPLES_STATION not in {one["id"] for one in stations}


async def test_a_villager_s_word_is_a_watch_until_a_ranger_confirms_it(
    shell: Shell, world: World
) -> None:
    body = a_report()
    async with shell.signed_in(Role.VILLAGER) as villager:
        assert (await report(villager, body)).json()["believed"] is False
        (seen,) = (await villager.get(f"{API}/alerts")).json()["alerts"]
        assert (await villager.post(f"{API}/reports/{body['id']}/confirm")).status_code == 403
    assert (await world.the_alert()).level == AlertLevel.WATCH
    assert seen["reported"]["person"] is None

    async with shell.signed_in(Role.RANGER) as ranger:
        for _ in range(2):
            confirmed = await ranger.post(f"{API}/reports/{body['id']}/confirm")
            assert confirmed.status_code == 204, confirmed.text

    assert (await world.the_alert()).level == AlertLevel.DANGER
    assert await world.occasions() == ["danger", "danger", "watch", "watch"]


async def test_two_villagers_who_say_the_same_ring_in_full(shell: Shell, world: World) -> None:
    for _ in range(2):
        async with shell.signed_in(Role.VILLAGER) as villager:
            await report(villager, a_report())

    (alert,) = await world.rows(Alert)
    assert alert.level == AlertLevel.DANGER
    assert all(row.believed_at is not None for row in await world.rows(Report))


async def test_a_report_and_a_camera_are_of_one_herd(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.VILLAGER) as villager:
        await report(villager, a_report())
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(minutes=3)))

    assert (await world.the_alert()).level == AlertLevel.WARNING


async def test_a_report_that_waited_a_day_is_kept_and_rings_nobody(
    shell: Shell, world: World
) -> None:
    async with shell.signed_in(Role.RANGER) as ranger:
        late = await report(ranger, a_report(sent_at=DUSK + timedelta(hours=24)))

    assert late.json()["seen_at"] == (DUSK - timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    assert await world.rows(Alert) == []
    (sighting,) = await world.rows(Detection)
    assert sighting.historical is True


async def test_a_photo_is_kept_without_what_the_phone_wrote_around_it(
    shell: Shell, world: World
) -> None:
    exif = b"\xff\xe1\x00\x0aExif GPS"
    photo = b"\xff\xd8" + exif + b"\xff\xdb\x00\x04ab\xff\xda\x00\x02scan\xff\xd9"
    async with shell.signed_in(Role.RANGER) as ranger:
        body = a_report(photo=base64.b64encode(photo).decode())
        url = (await report(ranger, body)).json()["media_url"]
        picture = await ranger.get(url)
        (alert,) = (await ranger.get(f"{API}/alerts")).json()["alerts"]

    assert b"GPS" not in picture.content
    assert media_type_of(picture.content) == "image/jpeg"
    assert alert["evidence"] == {"url": url, "lighting": "day", "animals": []}


async def test_what_cannot_be_a_report_is_a_clear_error(shell: Shell, world: World) -> None:
    cut = base64.b64encode(PICTURE[:-2]).decode()
    async with shell.signed_in(Role.VILLAGER) as villager:
        refused = [
            await report(villager, a_report(**wrong))
            for wrong in ({"latitude": 0, "longitude": 0}, {"photo": "%"}, {"photo": cut})
        ]
        other = a_report()
        await report(villager, other)
    async with shell.signed_in(Role.VILLAGER) as stranger:
        refused.append(await report(stranger, other))

    codes = [(answer.status_code, answer.json()["error"]) for answer in refused]
    assert codes == [
        (422, "too_far"), (422, "bad_photo"), (422, "bad_photo"), (409, "already_exists")
    ]  # fmt: skip
    assert len(await world.rows(Report)) == 1


async def test_a_prankster_is_slowed_down(shell: Shell) -> None:
    async with shell.signed_in(Role.VILLAGER) as villager:
        answers = [await report(villager, a_report()) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [201] * 6 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_the_peoples_station_stays_where_it_is(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.RANGER) as ranger:
        await report(ranger, a_report())
    async with world.database.transaction() as session:
        alert = await world.the_alert()
        assert await alert_of(session, "valley", alert.id) is not None

    (people,) = [row for row in await world.rows(Station) if row.name_id == PEOPLES_STATION]
    assert (people.latitude, people.longitude) != (IN_THE_VILLAGE.latitude, alert.bearing_deg)
    assert abs(people.latitude - 21.97) < 1e-6
