"""Frames below the threshold: taken in once, shown to those who judge a station."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.batch import Batch
from api.broker.connection import Arrived
from api.events.rules import Timings
from api.inbox import Inbox
from api.media.folder import MediaFolder
from api.samples.tables import Sample
from api.tables import Alert, Detection, Media, Quarantined, Role
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.messages import StoredKind, body_sha256, read_message
from edge_agent.contracts.samples import SampleMessage
from edge_agent.contracts.topics import SAMPLES
from tests.api.shell import PICTURE, Shell, said
from tests.api.world import DUSK, World, a_sample


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(MediaFolder(tmp_path / "media"), Timings())


async def take(inbox: Inbox, world: World, *messages: Arrived) -> Batch:
    async with world.database.transaction() as session:
        return await inbox.take(session, messages, DUSK + timedelta(hours=2))


def receipts(batch: Batch) -> Sequence[tuple[StoredKind, str]]:
    return [(item.kind, item.id) for _, receipt in batch.receipts() for item in receipt.items]


async def test_a_sample_is_kept_once_confirmed_twice_and_raises_nothing(
    world: World, inbox: Inbox
) -> None:
    sample = a_sample(picture=PICTURE)
    message = said(world.ridge, SAMPLES, sample)

    first = await take(inbox, world, message, message)
    again = await take(inbox, world, message)

    (row,) = await world.rows(Sample)
    assert (row.id, row.station_id, row.media_sha256) == (
        str(sample.id),
        world.ridge.id,
        body_sha256(PICTURE),
    )
    assert (row.stratum, row.inclusion_probability, row.score) == ("near", 0.25, 0.3)
    assert set(receipts(first)) == set(receipts(again)) == {(StoredKind.SAMPLE, str(sample.id))}
    assert len(await world.rows(Media)) == 1
    assert not await world.rows(Detection)
    assert not await world.rows(Alert)


async def test_a_sample_under_another_stations_id_is_refused(world: World, inbox: Inbox) -> None:
    sample = a_sample()

    await take(inbox, world, said(world.ridge, SAMPLES, sample))
    batch = await take(inbox, world, said(world.yard, SAMPLES, sample))

    assert receipts(batch) == []
    assert len(await world.rows(Sample)) == 1
    assert [row.reason_code for row in await world.rows(Quarantined)] == ["unreadable"]


async def test_a_sample_whose_picture_is_none_leaves_nothing_behind(
    world: World, inbox: Inbox
) -> None:
    await take(inbox, world, said(world.ridge, SAMPLES, a_sample(picture=b"<svg/>")))

    assert not await world.rows(Sample)
    assert not await world.rows(Media)
    assert len(await world.rows(Quarantined)) == 1


WRONG: list[dict[str, Any]] = [
    {"score": 0.4},
    {"inclusion_probability": 0.0},
    {"inclusion_probability": 1.5},
    {"stratum": "every"},
    {"picture": b"x" * 40_000},
    {"picture": "no base64!"},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_sample_that_cannot_be_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_sample(**wrong)


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableMessageError):
        read_message(SampleMessage, body)


async def test_researchers_page_through_what_they_ask_for(
    world: World, inbox: Inbox, shell: Shell
) -> None:
    told = [
        said(
            world.ridge,
            SAMPLES,
            a_sample(
                captured_at=DUSK + timedelta(minutes=number),
                stratum="near" if number % 2 else "empty",
                picture=PICTURE if number == 4 else None,
            ),
        )
        for number in range(5)
    ]
    await take(inbox, world, *told, said(world.yard, SAMPLES, a_sample()))

    async with shell.signed_in(Role.RESEARCHER) as researcher:

        async def ask(**query: object) -> dict[str, Any]:
            answer = await researcher.get(
                "/api/v1/samples", params={k: str(v) for k, v in query.items()}
            )
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        first = await ask(station="ridge", limit=3)
        second = await ask(station="ridge", limit=3, before=first["next"])
        near = await ask(stratum="near", since=DUSK.isoformat(), station="ridge")
        ended = await ask(until=DUSK.isoformat())

    minutes = [sample["captured_at"][14:16] for sample in first["samples"] + second["samples"]]
    assert minutes == ["34", "33", "32", "31", "30"]
    assert second["next"] is None
    assert first["samples"][0]["media_url"] == f"/api/v1/media/{body_sha256(PICTURE)}"
    assert [sample["media_url"] for sample in first["samples"][1:]] == [None, None]
    assert len(near["samples"]) == 2
    assert ended["samples"] == []


async def test_a_cursor_of_something_else_is_a_clear_mistake(shell: Shell) -> None:
    async with shell.signed_in(Role.RESEARCHER) as researcher:
        answer = await researcher.get("/api/v1/samples", params={"before": "yesterday"})

    assert answer.status_code == 422
    assert "cursor" in answer.text
