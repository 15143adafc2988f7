"""Alerts, deliveries, detections, geofences and the map over HTTP, as apps see them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from api.app import create_app
from api.deliveries.rules import delivery_token
from api.dependencies import COOKIE, Parts
from api.ledger.signing import LedgerKey
from api.media.folder import MediaFolder
from api.people.store import sign_in
from api.pipeline import handle_picture
from api.position import BLURRED_UNCERTAINTY_M, Position
from api.settings import ServerSettings
from api.tables import AnswerKind, Change, Delivery, DeliveryState, Media, Person, Phone, Role, Site
from edge_agent.contracts.ids import uuid7
from tests.api.earth import straight_m
from tests.api.world import DUSK, World, a_message, square

SECRET = b"s" * 32
NOW = DUSK + timedelta(minutes=1)
LATER = "2026-11-22T11:31:00Z"
PICTURE = "ab" * 32


class Visitor:
    """One person's browser."""

    def __init__(self, client: httpx.AsyncClient, token: str | None = None) -> None:
        self._client = client
        self._headers = {"Cookie": f"{COOKIE}={token}"} if token else {}

    async def get(self, path: str) -> Any:
        response = await self._client.get(f"/api/v1{path}", headers=self._headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def send(self, method: str, path: str, body: Any) -> httpx.Response:
        return await self._client.request(
            method, f"/api/v1{path}", json=body, headers=self._headers
        )

    async def answer(
        self, alert_id: str, kind: str, answer_id: str | None = None
    ) -> httpx.Response:
        body = {"id": answer_id or str(uuid7()), "answer": kind, "answered_at": LATER}
        return await self.send("POST", f"/alerts/{alert_id}/answers", body)


class Visitors:
    """Browsers of anybody at a world's server."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self._world = world
        self._client = client

    async def of(self, person: Person) -> Visitor:
        async with self._world.database.transaction() as session:
            return Visitor(self._client, await sign_in(session, person, NOW))

    def nobody(self) -> Visitor:
        return Visitor(self._client)


@pytest.fixture
async def visitors(world: World, tmp_path: Path) -> AsyncIterator[Visitors]:
    parts = Parts(
        database=world.database,
        settings=ServerSettings(data_dir=tmp_path, public_url="http://trunkline.test"),
        secret=SECRET,
        vapid_public_key="",
        media=MediaFolder(tmp_path / "media"),
        ledger_key=LedgerKey.load_or_create(tmp_path),
        clock=lambda: NOW,
    )
    transport = httpx.ASGITransport(app=create_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://trunkline.test") as client:
        yield Visitors(world, client)


async def test_a_ranger_sees_exactly_and_a_villager_roughly(
    world: World, visitors: Visitors
) -> None:
    await world.tell(world.ridge, a_message())
    ranger, villager = await visitors.of(world.ranger), await visitors.of(world.villager)

    (exact,) = (await ranger.get("/alerts"))["alerts"]
    (rough,) = (await villager.get("/alerts"))["alerts"]

    true_place = Position(world.ridge.latitude, world.ridge.longitude)
    assert exact["position"]["latitude"] == world.ridge.latitude
    assert exact["station"] == {"id": "ridge", "name": "Ridge"}
    shown = Position(rough["position"]["latitude"], rough["position"]["longitude"])
    assert 0 < straight_m(shown, true_place) <= BLURRED_UNCERTAINTY_M
    assert rough["station"] is None
    assert exact["distance_m"] == pytest.approx(400, abs=1)
    assert rough["distance_m"] % 100 == 0


async def test_nothing_a_villager_reads_holds_the_exact_place(
    world: World, visitors: Visitors
) -> None:
    await world.tell(world.ridge, a_message())
    villager = await visitors.of(world.villager)

    shown = [place for path in ("/alerts", "/map") for place in places(await villager.get(path))]

    assert len(shown) == 2  # the alert, and the herd's way
    for latitude, longitude in shown:
        assert abs(latitude - world.ridge.latitude) > 1e-4
        assert abs(longitude - world.ridge.longitude) > 1e-4


async def test_an_alert_has_the_shape_that_apps_expect(world: World, visitors: Visitors) -> None:
    await world.tell(world.ridge, a_message("elephant", "person", media_sha256=PICTURE))
    alert_id = (await world.the_alert()).id
    ranger = await visitors.of(world.ranger)
    assert (await ranger.get(f"/alerts/{alert_id}"))["evidence"] is None  # no picture came yet
    await world.add(
        Media(
            sha256=PICTURE, site_id="valley", media_type="image/jpeg", size_bytes=9, received_at=NOW
        )
    )

    alert = await ranger.get(f"/alerts/{alert_id}")

    assert alert == {
        "id": alert_id,
        "herd_id": 1,
        "geofence": {"id": world.village.id, "name": "Guanping"},
        "level": "danger",
        "state": "raised",
        "count": 1,
        "simulated": False,
        "raised_at": "2026-11-22T11:30:02Z",
        "changed_at": "2026-11-22T11:30:02Z",
        "captured_at": "2026-11-22T11:30:00Z",
        "lapses_at": "2026-11-22T14:30:00Z",
        "distance_m": pytest.approx(400, abs=1),
        "bearing_deg": pytest.approx(90, abs=0.5),
        "position": {
            "latitude": world.ridge.latitude,
            "longitude": world.ridge.longitude,
            "uncertainty_m": 50,
        },
        "station": {"id": "ridge", "name": "Ridge"},
        "evidence": {
            "url": f"/api/v1/media/{PICTURE}",
            "lighting": "night_ir",
            "animals": [
                {"label": "elephant", "confidence": 0.8, "box": [0.2, 0.3, 0.4, 0.4]},
                {"label": "person", "confidence": 0.8, "box": [0.2, 0.3, 0.4, 0.4]},
            ],
        },
        "answers": [],
        "my_answer": None,
        "deliveries": [a_delivery_to("Mai"), a_delivery_to("Bo")],
        "escalated_at": None,
        "rings_me": True,
        "reported": None,
    }


def a_delivery_to(person: str, **known: str) -> dict[str, Any]:
    never = ("sent_at", "received_at", "shown_at", "opened_at", "acknowledged_at")
    planned = {"person": person, "channel": "web_push", "occasion": "danger", "state": "pending"}
    return planned | dict.fromkeys(never) | known


async def test_a_ranger_sees_how_far_each_delivery_came_and_a_villager_no_names(
    world: World, visitors: Visitors
) -> None:
    await world.tell(world.yard, a_message())
    (first, _) = sorted(await world.rows(Delivery), key=lambda row: row.phone_id)
    shown = {"kind": "shown", "at": LATER, "token": delivery_token(SECRET, first.id)}
    await visitors.nobody().send("POST", f"/deliveries/{first.id}/receipts", shown)
    await world.answer(world.villager, first.alert_id, AnswerKind.SEEN, NOW)
    ranger, villager = await visitors.of(world.ranger), await visitors.of(world.villager)

    (known,) = (await ranger.get("/alerts"))["alerts"]
    (less,) = (await villager.get("/alerts"))["alerts"]

    times = ("sent_at", "received_at", "shown_at", "acknowledged_at")
    assert known["deliveries"] == [
        a_delivery_to("Mai", state="sent", **dict.fromkeys(times, LATER)),
        a_delivery_to("Bo"),
    ]
    assert less["deliveries"] == []


async def test_a_picture_that_comes_later_is_told_to_open_apps(world: World) -> None:
    await world.tell(world.ridge, a_message(media_sha256=PICTURE))
    before = len(await world.rows(Change))

    async with world.database.transaction() as session:
        await handle_picture(session, "valley", PICTURE, NOW)

    assert [row.kind for row in await world.rows(Change)][before:] == ["detection", "alert"]


async def test_an_answer_over_http_moves_the_alert_once(world: World, visitors: Visitors) -> None:
    await world.tell(world.ridge, a_message())
    alert_id = (await world.the_alert()).id
    villager = await visitors.of(world.villager)
    answer_id = str(uuid7())

    for _ in range(2):
        response = await villager.answer(alert_id, "on_my_way", answer_id)

    alert = response.json()
    assert (response.status_code, alert["state"]) == (200, "acknowledged")
    assert alert["my_answer"] == "on_my_way"
    assert alert["answers"] == [{"person": "Mai", "answer": "on_my_way", "answered_at": LATER}]


async def test_an_id_used_for_another_answer_is_a_conflict(
    world: World, visitors: Visitors
) -> None:
    await world.tell(world.ridge, a_message())
    alert_id = (await world.the_alert()).id
    villager = await visitors.of(world.villager)
    answer_id = str(uuid7())
    await villager.answer(alert_id, "seen", answer_id)

    response = await villager.answer(alert_id, "false_alarm", answer_id)

    assert (response.status_code, response.json()["error"]) == (409, "already_exists")


async def test_another_site_s_alert_does_not_exist(world: World, visitors: Visitors) -> None:
    await world.tell(world.ridge, a_message())
    alert_id = (await world.the_alert()).id
    stranger = Person(site_id="hills", name="Eve", role=Role.ADMINISTRATOR, joined_at=DUSK)
    await world.add(Site(id="hills", name="Hills", latitude=0.0, longitude=0.0))
    await world.add(stranger)
    eve = await visitors.of(stranger)

    assert (await eve.get("/alerts"))["alerts"] == []
    assert (await eve.get("/detections"))["detections"] == []
    assert (await eve.get("/map"))["herds"] == []
    assert (await eve.answer(alert_id, "all_clear")).status_code == 404
    assert (await eve.send("GET", f"/alerts/{alert_id}", None)).status_code == 404


@pytest.mark.parametrize("path", ["/alerts", "/map", "/geofences", "/detections"])
async def test_nobody_sees_anything_without_signing_in(visitors: Visitors, path: str) -> None:
    response = await visitors.nobody().send("GET", path, None)

    assert (response.status_code, response.json()["error"]) == (401, "not_signed_in")


async def test_detections_are_for_rangers(world: World, visitors: Visitors) -> None:
    villager = await visitors.of(world.villager)

    response = await villager.send("GET", "/detections", None)

    assert response.status_code == 403


async def test_pages_of_detections_neither_repeat_nor_skip(
    world: World, visitors: Visitors
) -> None:
    for number in range(7):  # pairs at the same instant
        await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(seconds=number // 2)))
    ranger = await visitors.of(world.ranger)

    seen: list[dict[str, Any]] = []
    before: str | None = ""
    while before is not None:
        page = await ranger.get(f"/detections?limit=2{before and f'&before={before}'}")
        seen += page["detections"]
        before = page["next"]

    assert len({one["id"] for one in seen}) == len(seen) == 7
    assert sorted(seen, key=lambda one: (one["captured_at"], one["id"]), reverse=True) == seen
    assert seen[0]["animals"][0]["touches_edge"] is False


@pytest.mark.parametrize("cursor", ["x", "2026-11-22T11:30:00~a", "2026-11-22T11:30:00Z", "~"])
async def test_a_wrong_cursor_is_a_clear_error(
    world: World, visitors: Visitors, cursor: str
) -> None:
    ranger = await visitors.of(world.ranger)

    response = await ranger.send("GET", f"/detections?before={cursor}", None)

    assert (response.status_code, response.json()["error"]) == (422, "invalid")


async def test_lists_ask_the_database_no_more_for_more_rows(
    world: World, visitors: Visitors
) -> None:
    ranger = await visitors.of(world.ranger)
    asked: list[str] = []
    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    async def questions() -> list[int]:
        counts = []
        for path in ("/alerts", "/detections", "/map"):
            asked.clear()
            await ranger.get(path)
            counts.append(len(asked))
        return counts

    await world.tell(world.ridge, a_message())
    few = await questions()
    for hours in range(1, 5):
        await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(hours=4 * hours)))
    many = await questions()

    assert len((await ranger.get("/alerts"))["alerts"]) == 5
    assert many == few


async def test_the_map_shows_stations_to_rangers_alone(world: World, visitors: Visitors) -> None:
    await world.tell(world.far, a_message())
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(minutes=5)))
    ranger, villager = await visitors.of(world.ranger), await visitors.of(world.villager)

    exact, rough = await ranger.get("/map"), await villager.get("/map")

    assert {one["name"] for one in exact["stations"]} == {"Ridge", "Yard", "Far"}
    assert rough["stations"] == []
    (herd,) = exact["herds"]
    assert [point["longitude"] for point in herd["path"]] == [
        world.far.longitude,
        world.ridge.longitude,
    ]
    (village,) = rough["geofences"]["features"]
    assert village["properties"]["followed"]


async def test_an_operator_draws_and_redraws_a_geofence(world: World, visitors: Visitors) -> None:
    operator = Person(site_id="valley", name="Op", role=Role.OPERATOR, joined_at=DUSK)
    await world.add(operator)
    browser = await visitors.of(operator)
    field: dict[str, Any] = {
        "type": "Feature",
        "geometry": square(900, 900),
        "properties": {"name": "Tea field", "kind": "field", "buffer_m": 100, "watch_m": 200},
    }

    for buffer_m in (100, 150):
        field["properties"]["buffer_m"] = buffer_m
        drawn = await browser.send("PUT", "/geofences", field)

    assert drawn.status_code == 200, drawn.text
    names = [one["properties"]["name"] for one in drawn.json()["features"]]
    assert names == ["Guanping", "Tea field"]
    assert drawn.json()["features"][1]["properties"]["buffer_m"] == 150


async def test_a_villager_draws_nothing(world: World, visitors: Visitors) -> None:
    villager = await visitors.of(world.villager)

    response = await villager.send("PUT", "/geofences", {})

    assert response.status_code == 403


async def test_a_drawing_with_swapped_coordinates_says_so(world: World, visitors: Visitors) -> None:
    operator = Person(site_id="valley", name="Op", role=Role.OPERATOR, joined_at=DUSK)
    await world.add(operator)
    ring = [[y, x] for x, y in square(0, 0)["coordinates"][0]]
    drawing = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": "Swapped"},
    }

    response = await (await visitors.of(operator)).send("PUT", "/geofences", drawing)

    assert response.status_code == 422
    assert "longitude first" in response.json()["message"]


async def test_a_phone_confirms_without_a_cookie_and_the_first_time_counts(
    world: World, visitors: Visitors
) -> None:
    delivery = await _a_delivery(world)
    phone = visitors.nobody()

    for kind, at in (("received", LATER), ("shown", LATER), ("received", "2026-11-22T11:30:30Z")):
        body = {"kind": kind, "at": at, "token": delivery_token(SECRET, delivery.id)}
        response = await phone.send("POST", f"/deliveries/{delivery.id}/receipts", body)
        assert response.status_code == 204, response.text

    kept = await _the(world, delivery.id)
    assert (kept.received_at, kept.shown_at, kept.opened_at) == (NOW, NOW, None)
    # It proves that the push arrived, though its sending never got to say so.
    assert kept.state == DeliveryState.SENT
    (reached,) = [row for row in await world.rows(Phone) if row.id == kept.phone_id]
    assert reached.last_reached_at == NOW


async def test_another_delivery_s_token_is_refused(world: World, visitors: Visitors) -> None:
    delivery = await _a_delivery(world)
    body = {"kind": "shown", "at": LATER, "token": delivery_token(SECRET, "another")}

    response = await visitors.nobody().send("POST", f"/deliveries/{delivery.id}/receipts", body)

    assert response.status_code == 403
    assert (await _the(world, delivery.id)).shown_at is None


async def test_an_answer_on_the_notification_is_its_person_s(
    world: World, visitors: Visitors
) -> None:
    delivery = await _a_delivery(world)
    body = {
        "id": str(uuid7()),
        "answer": "seen",
        "answered_at": LATER,
        "token": delivery_token(SECRET, delivery.id),
    }

    response = await visitors.nobody().send("POST", f"/deliveries/{delivery.id}/answers", body)

    assert response.status_code == 204, response.text
    assert (await world.the_alert()).state == "acknowledged"
    assert (await _the(world, delivery.id)).acknowledged_at == NOW


async def _a_delivery(world: World) -> Delivery:
    await world.tell(world.ridge, a_message())
    return min(await world.rows(Delivery), key=lambda row: row.id)


async def _the(world: World, delivery_id: str) -> Delivery:
    (found,) = [row for row in await world.rows(Delivery) if row.id == delivery_id]
    return found


def places(page: Any) -> list[tuple[float, float]]:
    """Every latitude and longitude somewhere in a page."""
    if isinstance(page, list):
        return [place for each in page for place in places(each)]
    if not isinstance(page, dict):
        return []
    here = [(page["latitude"], page["longitude"])] if "latitude" in page else []
    return here + [place for each in page.values() for place in places(each)]
