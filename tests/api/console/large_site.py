"""A site after a year: everything that the console's pages show, by the thousand.

`size` is the number of detections; everything else grows with it, so that two sites of different
sizes tell whether a page asks a question per row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from api.audit.tables import AuditEntry
from api.bulk import add_rows
from api.database import Base
from api.fleet.tables import (
    ReleaseOffer,
    Rollout,
    RolloutStation,
    StationConfig,
    StationHour,
    StationReport,
)
from api.individuals.tables import Individual, ReferencePicture
from api.jobs.tables import Job
from api.samples.tables import Sample
from api.tables import (
    Alert,
    Answer,
    Delivery,
    Detection,
    Event,
    Follow,
    Geofence,
    Herd,
    Person,
    Phone,
    Quarantined,
    Station,
)
from api.tuning.tables import ThresholdChange
from tests.api.console.desk import a_row, an_animal
from tests.api.world import DUSK, World, place, square

FRAMES = 4
A_YEAR = timedelta(days=365)
_AT_ONCE = 5000
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much of each there is."""

    detections: int
    least: int = 2

    @property
    def events(self) -> int:
        return self.detections // FRAMES

    def of(self, in_200_000: int) -> int:
        """So many in a site of 200,000 detections, in proportion in another."""
        return max(self.least, in_200_000 * self.detections // 200_000)


async def fill(world: World, size: Size) -> None:
    """Fill the valley, and let the year end at `DUSK`."""
    await _put(world, Station, _stations(size))
    stations = await world.rows(Station)
    await _put(world, Geofence, _geofences(size))
    await _put(world, Person, _people(size))
    people = [row.id for row in await world.rows(Person)]
    await _put(world, Phone, _phones(people))
    await _put(world, Follow, _follows(people))
    await _put(world, Herd, _herds(size, stations))
    await _put(world, Event, _events(size, stations))
    await _put(world, Detection, _detections(size, stations))
    await _put(world, Alert, _alerts(size))
    await _put(world, Answer, _answers(size, people))
    await _put(world, Delivery, _deliveries(size))
    for kind, rows in _of_operators(size, stations, people).items():
        await _put(world, kind, rows)
    await _put(world, Individual, _individuals(size))
    await _put(world, ReferencePicture, _references(size))


async def _put(world: World, kind: type[Base], rows: Iterator[Row]) -> None:
    defaults = _defaults(kind)
    while some := [defaults | row for row in islice(rows, _AT_ONCE)]:
        async with world.database.transaction() as session:
            await add_rows(session, kind, some)


def _defaults(kind: type[Base]) -> Row:
    """What the ORM would put into columns that nobody names."""
    defaults = ((c.name, c.default) for c in kind.__table__.columns if c.default is not None)
    return {
        name: default.arg(None) if default.is_callable else default.arg
        for name, default in defaults
        if default.is_scalar or default.is_callable
    }


def _stations(size: Size) -> Iterator[Row]:
    for number in range(size.of(97)):
        where = place(300.0 * (number % 10), 300.0 * (number // 10))
        yield {
            "site_id": "valley",
            "name_id": f"cam{number}",
            "name": f"Camera {number}",
            "key": f"cam{number}".encode().ljust(32, b"."),
            "latitude": where.latitude,
            "longitude": where.longitude,
            "enrolled_at": DUSK - A_YEAR,
            "state": "online",
            "last_seen_at": DUSK - timedelta(minutes=number),
            "simulated": False,
            "health": {
                "queue_length": number,
                "vitals": {"battery_percent": 40.0 + number % 60},
                "cameras": [{"deployment_id": f"cam{number}-{n}", "state": "good"} for n in "12"],
            },
        }


def _geofences(size: Size) -> Iterator[Row]:
    for number in range(size.of(30)):
        yield {
            "site_id": "valley",
            "name": f"Village {number}",
            "area": square(700.0 * (number % 6), 700.0 * (number // 6)),
            "buffer_m": 500.0,
            "watch_m": 1500.0,
        }


def _people(size: Size) -> Iterator[Row]:
    for number in range(size.of(300)):
        yield {
            "site_id": "valley",
            "name": f"Person {number}",
            "role": "villager" if number % 5 else "ranger",
            "joined_at": DUSK - A_YEAR,
        }


def _phones(people: list[int]) -> Iterator[Row]:
    for person in people[2:]:
        yield {
            "person_id": person,
            "endpoint": f"https://push.example.org/of/{person}",
            "p256dh": "p",
            "auth": "a",
            "subscribed_at": DUSK - timedelta(days=30),
            "last_reached_at": DUSK - timedelta(days=person % 9),
        }


def _follows(people: list[int]) -> Iterator[Row]:
    return ({"person_id": person, "geofence_id": 2} for person in people[2:])


def _herds(size: Size, stations: Any) -> Iterator[Row]:
    """Most were here long ago; some hundreds are about, each with a way behind it to a station."""
    herds = size.of(2000)
    for number in range(herds):
        about = number >= herds - size.of(200)
        seen_at = DUSK - timedelta(minutes=2 * (number % 10)) if about else _when(number, herds)
        since = seen_at - timedelta(hours=2)
        station = stations[number % len(stations)]
        way = [(station.latitude, station.longitude - 0.0006 * n) for n in range(5, -1, -1)]
        moment = since.isoformat()
        yield {
            "id": number + 1,
            "site_id": "valley",
            "first_seen_at": since,
            "last_seen_at": seen_at,
            "latitude": station.latitude,
            "longitude": station.longitude,
            "count": 1 + number % 6,
            "path": [[*at, moment, moment, 1] for at in way],
        }


def _camera(number: int, stations: Any) -> tuple[Any, str]:
    station = stations[number % len(stations)]
    return station, f"{station.name_id}-{1 + number // len(stations) % 2}"


def _when(number: int, of: int) -> datetime:
    return DUSK - A_YEAR + A_YEAR / of * number


def _events(size: Size, stations: Any) -> Iterator[Row]:
    herds = size.of(2000)
    for number in range(size.events):
        station, camera = _camera(number, stations)
        at = _when(number, size.events)
        yield {
            "id": number + 1,
            "site_id": "valley",
            "station_id": station.id,
            "deployment_id": camera,
            "herd_id": number % herds + 1,
            "started_at": at,
            "ended_at": at + timedelta(seconds=30),
            "latitude": station.latitude,
            "longitude": station.longitude,
            "count": 1,
            "simulated": False,
        }


def _detection_id(number: int) -> str:
    return f"0190{number:08x}-0000-7000-8000-000000000000"[-36:]


def _detections(size: Size, stations: Any) -> Iterator[Row]:
    for number in range(size.events):
        station, camera = _camera(number, stations)
        at = _when(number, size.events)
        animals = [an_animal([0.1, 0.2, 0.3, 0.4], 0.42 + number % 50 / 100)]
        for frame in range(FRAMES):
            row = a_row(station.id, number + 1, at + timedelta(seconds=10 * frame))
            known = _detection_id(number * FRAMES + frame)
            seen = {"animals": animals, "media_sha256": None}
            yield row | {"id": known, "deployment_id": camera} | seen


def _alert_id(number: int) -> str:
    return f"alert-{number}"


def _alerts(size: Size) -> Iterator[Row]:
    alerts = min(size.of(2000), size.events)
    for number in range(alerts):
        at = _when(number, alerts)
        yield {
            "id": _alert_id(number),
            "site_id": "valley",
            "herd_id": number + 1,
            "geofence_id": 2,
            "visit": 1,
            "detection_id": _detection_id(number * FRAMES),
            "level": "warning",
            "state": "raised" if number >= alerts - size.of(100) else "all_clear",
            "count": 1,
            "distance_m": 200.0,
            "bearing_deg": 40.0,
            "captured_at": at,
            "raised_at": at,
            "changed_at": at,
            "simulated": False,
        }


def _answers(size: Size, people: list[int]) -> Iterator[Row]:
    for number in range(min(size.of(2000), size.events)):
        at = _when(number, size.of(2000))
        yield {
            "id": f"answer-{number}",
            "alert_id": _alert_id(number),
            "person_id": people[number % len(people)],
            "kind": "seen",
            "answered_at": at,
            "received_at": at,
        }


def _deliveries(size: Size) -> Iterator[Row]:
    for number in range(min(size.of(2000), size.events)):
        at = _when(number, size.of(2000))
        for phone in range(1, 5):
            yield {
                "id": f"delivery-{number}-{phone}",
                "alert_id": _alert_id(number),
                "phone_id": phone,
                "occasion": "warning",
                "state": "sent",
                "created_at": at,
                "due_at": at,
                "expires_at": at + timedelta(hours=1),
                "sent_at": at,
                "received_at": at,
            }


def _of_operators(size: Size, stations: Any, people: list[int]) -> dict[type[Base], Iterator[Row]]:
    every = [(station, number) for number, station in enumerate(stations)]
    return {
        StationHour: _hours(stations),
        StationConfig: (_config(s.id, v) for s, _ in every for v in range(1, 6)),
        StationReport: (_report(s) for s, _ in every),
        ReleaseOffer: (_offer(s.id, n) for s, _ in every for n in (1, 2)),
        Rollout: (_rollout(n) for n in range(size.of(40))),
        RolloutStation: (
            {"rollout_id": n + 1, "station_id": s.id, "stage": k % 3, "version": 1 + k % 5}
            | {"blind_before": []}
            for n in range(size.of(40))
            for s, k in every
        ),
        Sample: (_sample(n, *_camera(n, stations)) for n in range(size.of(20_000))),
        ThresholdChange: (_change(n, *_camera(n, stations)) for n in range(size.of(200))),
        AuditEntry: (_entry(n, people) for n in range(size.of(20_000))),
        Quarantined: (_quarantined(n) for n in range(size.of(10_000))),
        Job: (_job(n, people[0]) for n in range(size.of(200))),
    }


def _hours(stations: Any) -> Iterator[Row]:
    hour = DUSK.replace(minute=0)
    for station in stations:
        cameras = [f"{station.name_id}-{n}" for n in "12"]
        for ago in range(24 * 14):
            yield {
                "station_id": station.id,
                "hour": hour - timedelta(hours=ago),
                "battery_percent": 60.0 + ago / 24,
                "is_charging": False,
                "temperature_c": 20.0,
                "queue_length": 0,
                "blind": {},
                "cameras": cameras,
                "sharpness": dict.fromkeys(cameras, 1.0 + ago / 1000),
            }


def _config(station_id: int, version: int) -> Row:
    at = DUSK - timedelta(days=10 - version)
    return {
        "station_id": station_id,
        "version": version,
        "settings": {"thresholds": {"night_ir": 0.4 + version / 100}},
        "made_by": "Ada",
        "made_at": at,
        "told_at": at,
        "outcome": "applied",
        "answered_at": at,
    }


def _report(station: Any) -> Row:
    cameras: dict[str, Row] = {f"{station.name_id}-{n}": {} for n in "12"}
    effective = {"thresholds": {"night_ir": 0.45}, "cameras": cameras}
    return {
        "station_id": station.id,
        "config": {"version": 5, "answered_version": 5, "effective": effective}
        | {"outcome": "applied", "reason": ""},
        "config_at": DUSK,
        "update": {"running": "elephant-0.1"},
        "update_at": DUSK,
    }


def _offer(station_id: int, number: int) -> Row:
    return {
        "station_id": station_id,
        "digest": f"{number:064x}",
        "release": f"elephant-0.{number}",
        "offer": {},
        "made_at": DUSK - timedelta(days=9 - number),
        "told_at": DUSK,
        "step": "live",
        "figures": {"frames": 100.0},
    }


def _rollout(number: int) -> Row:
    at = DUSK - timedelta(days=number + 1)
    return {
        "id": number + 1,
        "site_id": "valley",
        "settings": {"thresholds": {"night_ir": 0.5}},
        "mode": "merge",
        "soak_s": 3600,
        "state": "done",
        "stage": 2,
        "stages": 3,
        "stage_at": at,
        "made_by": "Ada",
        "made_at": at,
    }


def _sample(number: int, station: Any, camera: str) -> Row:
    at = DUSK - timedelta(minutes=20 * number)
    box = an_animal([0.2, 0.3, 0.1, 0.1], 0.3)
    return {
        "id": f"sample-{number}",
        "site_id": "valley",
        "station_id": station.id,
        "deployment_id": camera,
        "captured_at": at,
        "received_at": at,
        "clock": "synchronised",
        "lighting": "night_ir",
        "release": "elephant-0.1",
        "threshold": 0.4,
        "floor": 0.05,
        "score": 0.1 + number % 29 / 100,
        "boxes": [box],
        "stratum": "low",
        "window_began_at": at - timedelta(hours=1),
        "inclusion_probability": 0.1,
        "media_sha256": f"{number:064x}",
        "simulated": False,
    }


def _change(number: int, station: Any, camera: str) -> Row:
    return {
        "site_id": "valley",
        "station_id": station.id,
        "deployment_id": camera,
        "lighting": "night_ir",
        "kind": "threshold",
        "before": 0.4,
        "after": 0.45,
        "promised": {"one_in_days": 50.0, "confidence": 0.95},
        "version": 1,
        "made_by": "Ada",
        "made_at": DUSK - timedelta(days=60 - number % 50),
    }


def _entry(number: int, people: list[int]) -> Row:
    areas = ("config.wish", "threshold.threshold", "geofence.put", "person.change")
    return {
        "site_id": "valley",
        "at": DUSK - timedelta(minutes=number),
        "person_id": people[number % len(people)],
        "action": areas[number % 4],
        "subject": f"cam{number % 97}",
        "before": {"a": 1},
        "after": {"a": 2},
    }


def _quarantined(number: int) -> Row:
    return {
        "received_at": DUSK - timedelta(minutes=number),
        "topic": "trunkline/v1/valley/cam1/detections",
        "reason_code": "unsealed",
        "reason": "it has no seal",
        "size_bytes": 400,
        "payload": b"x" * 400,
        "site_id": "valley",
    }


def _job(number: int, person: int) -> Row:
    differences = [{"station": "cam1", "key": str(n), "score_before": 0.4} for n in range(300)]
    kind = "replay" if number % 2 else "export"
    at = DUSK - timedelta(hours=number)
    return {
        "id": f"job-{number}",
        "site_id": "valley",
        "person_id": person,
        "kind": kind,
        "wishes": {"station_ids": ["cam1"], "settings": {}, "format": "coco"},
        "state": "done",
        "report": {"differences": differences} if number % 2 else {"events": 12},
        "asked_at": at,
        "ended_at": at,
    }


def _individuals(size: Size) -> Iterator[Row]:
    for number in range(size.of(60)):
        yield {
            "id": number + 1,
            "site_id": "valley",
            "name": f"Elephant {number}",
            "sex": "female",
            "life_stage": "adult",
            "added_at": DUSK,
        }


def _references(size: Size) -> Iterator[Row]:
    for number in range(size.of(60)):
        for picture in range(5):
            yield {
                "individual_id": number + 1,
                "detection_id": _detection_id((5 * number + picture) % size.detections),
                "box": [0.1, 0.2, 0.3, 0.4],
                "added_at": DUSK,
            }
