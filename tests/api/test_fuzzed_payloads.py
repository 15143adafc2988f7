"""No bytes from the air end the server. `TRUNKLINE_FUZZ_PAYLOADS=100000` tries as many."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from api.broker.connection import Arrived
from api.dependencies import API
from api.events.rules import Timings
from api.fleet.tables import ReleaseOffer, StationConfig
from api.inbox import Inbox
from api.media.folder import MediaFolder
from api.quarantine.rules import ReasonCode
from api.tables import Detection, QuarantineCount, Role, Station
from edge_agent.contracts.configuration import Outcome, ReportedConfig
from edge_agent.contracts.messages import HealthMessage, StationState, StatusMessage
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import FROM_STATIONS
from edge_agent.contracts.updates import Step, UpdateReport
from tests.api.shell import PICTURE, Shell, arrived, detection_said, picture_said
from tests.api.world import DUSK, World, a_message, a_sample

PAYLOADS = int(os.environ.get("TRUNKLINE_FUZZ_PAYLOADS", "1500"))
BATCH = 500
OFFER = "0" * 64
SCREENS = (
    *("/alerts", "/map", "/herds", "/stations", "/fleet", "/fleet/releases", "/detections"),
    *("/samples", "/quarantine", "/layers/alerts.geojson"),
)
ODD_VALUES = (
    *(b"null", b"-1", b"1e999", b"NaN", b"1e308", b'"\\u0000"', b'"\\ud800"', b"[]", b"{}", b'""'),
    *(b"true", b'"9999-12-31T23:59:59Z"', b'"0001-01-01T00:00:00+14:00"', b"9" * 400, b"[" * 500),
)


def sound_bodies(world: World) -> list[bytes]:
    """Bodies that would be taken in, of every kind; what is broken is made of them."""
    grown = a_message(
        *("elephant", "person"), count=3, last_seen_at=DUSK, waited_s=2.5, media_sha256="0" * 64
    )
    return [
        grown.to_body(),
        a_message(clock="unset").to_body(),
        StatusMessage(state=StationState.ONLINE, at=DUSK).to_body(),
        HealthMessage(at=DUSK, queue_length=3).to_body(),
        a_sample(picture=PICTURE).to_body(),
        PICTURE,
        ReportedConfig(
            at=DUSK,
            answered_version=1,
            outcome=Outcome.APPLIED,
            version=1,
            effective={"camera": {"fps": 2.5}, "names": ["a", "b"]},
        ).to_body(),
        UpdateReport(
            at=DUSK, offer=OFFER, step=Step.TRIAL, running="first", figures={"p95_ms": 80.5}
        ).to_body(),
    ]


async def furnish(world: World) -> None:
    """Let the stations have something to answer: a desired config and a release."""
    asked = (world.ridge, world.yard, world.far)
    await world.add(
        *(
            StationConfig(
                station_id=station.id, version=1, settings={}, note="", made_by="Bo", made_at=DUSK
            )
            for station in asked
        ),
        *(
            ReleaseOffer(
                station_id=station.id, digest=OFFER, release="next", offer={}, made_at=DUSK
            )
            for station in asked
        ),
    )


def cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def flipped(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def with_an_odd_value(body: bytes, chance: random.Random) -> bytes:
    """The body with one of its values replaced by one that nobody expects."""
    colons = [place for place, byte in enumerate(body) if byte == ord(":")]
    if not colons:
        return chance.choice(ODD_VALUES)
    start = chance.choice(colons) + 1
    ends = [place for place in range(start, len(body)) if body[place] in b",}"]
    return body[:start] + chance.choice(ODD_VALUES) + (body[ends[0] :] if ends else b"")


def noise(body: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(300))


WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (cut, flipped, with_an_odd_value, noise)


def a_fuzzed_message(world: World, bodies: list[bytes], chance: random.Random) -> Arrived:
    """Something on one of a station's topics; mostly sealed rightly, as a broken station would."""
    station: Station = chance.choice([world.ridge, world.yard, world.far])
    topic = chance.choice(FROM_STATIONS)
    rest = chance.choice(["0" * 64, "x", "é"]) if topic.has_rest else None
    name = topic.of(station.site_id, station.name_id, rest)
    body = chance.choice(WAYS)(chance.choice(bodies), chance)
    is_sealed = chance.random() < 0.8
    payload = seal(station.key, name, body) if is_sealed else body
    return arrived(name, payload, retained=chance.random() < 0.1)


@pytest.mark.timeout(3600 if PAYLOADS > 5_000 else 180)
async def test_no_bytes_end_the_server_or_stop_what_is_sound(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await furnish(world)
    inbox = Inbox(MediaFolder(tmp_path / "media"), Timings())
    chance = random.Random(20261122)
    bodies = sound_bodies(world)
    sound = 0
    for _ in range(0, PAYLOADS, BATCH):
        batch = [a_fuzzed_message(world, bodies, chance) for _ in range(BATCH)]
        good = a_message()
        batch.insert(chance.randrange(BATCH), detection_said(world.ridge, good))
        batch.insert(0, picture_said(world.ridge, PICTURE))
        async with world.database.transaction() as session:
            taken = await inbox.take(session, batch, DUSK)
        stored = {item.id for items in taken.stored.values() for item in items}
        sound += str(good.id) in stored

    kept = {row.reason_code: row.count for row in await world.rows(QuarantineCount)}
    assert sound == PAYLOADS // BATCH <= len(await world.rows(Detection))
    assert kept.get(ReasonCode.FAILED, 0) == 0  # each was understood to be broken, none by accident
    assert kept[ReasonCode.UNREADABLE] > PAYLOADS // 4
    async with shell.signed_in(Role.ADMINISTRATOR) as administrator:
        for screen in (*SCREENS, f"/stations/{world.ridge.name_id}/config"):
            assert (await administrator.get(f"{API}{screen}")).status_code == 200, screen
