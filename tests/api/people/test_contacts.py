import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from api.channels.opening import open_channels
from api.channels.settings import ChannelSettings
from api.deliveries.reach import EVERYBODY, Reach
from api.deliveries.rules import RingsFrom
from api.dispatch import Dispatcher
from api.errors import SetUpError
from api.people import contacts
from api.people.sealing import UnreadableAddressError, sealed, unsealed
from api.tables import AnswerKind, Delivery, DeliveryState, Person, Phone, Role
from mobile_push.phone_address import EndpointPolicy
from tests.api.shell import Shell
from tests.api.test_dispatch import FakeChannel, dispatching, none_pending, until
from tests.api.world import DUSK, World, a_message
from tests.mobile_push.text_messages import LocalGateway, a_gateway

CONTACTS = "/api/v1/me/contacts"
NUMBER = "+8613800000000"
SECRET = b"s" * 32


@pytest.fixture
async def gateway() -> AsyncIterator[LocalGateway]:
    async with a_gateway() as one:
        yield one


@pytest.fixture
def channels(gateway: LocalGateway) -> ChannelSettings:
    return ChannelSettings.model_validate(
        {
            "sms": {"url": f"{gateway.origin}/sms", "secret": "x"},
            "voice": {"url": f"{gateway.origin}/voice", "secret": "x"},
            "apprise": {"services": ["wecombot"]},
        }
    )


@pytest.fixture
def reachable(shell: Shell, channels: ChannelSettings) -> Shell:
    """The application of a server with further channels."""
    return Shell(replace(shell.parts, channels=channels), shell.clock)


async def no_key(*_: str) -> None:
    return None


@contextlib.asynccontextmanager
async def dispatching_to(
    world: World, channels: ChannelSettings, gateway: LocalGateway, *, reach: Reach = EVERYBODY
) -> AsyncIterator[None]:
    policy = EndpointPolicy(frozenset({gateway.origin}))
    async with (
        aiohttp.ClientSession() as session,
        open_channels(
            channels,
            session,
            policy=policy,
            public_url="https://trunkline.example",
            broker=None,
            find_key=no_key,
        ) as opened,
    ):
        found: dict[str, Any] = {**opened, "web_push": FakeChannel()}

        def clock() -> datetime:
            return DUSK + timedelta(seconds=3)

        dispatcher = Dispatcher(world.database, found, secret=SECRET, reach=reach, clock=clock)
        async with dispatching(world, FakeChannel(), clock, dispatcher=dispatcher):
            yield


async def give_number(world: World, person: Person, rings_from: RingsFrom | None = None) -> int:
    async with world.database.transaction() as session:
        return await contacts.add_contact(
            session, SECRET, person.id, "sms", NUMBER, rings_from, DUSK
        )


async def test_a_number_is_kept_sealed_and_shown_by_its_end(reachable: Shell, world: World) -> None:
    async with reachable.signed_in(Role.VILLAGER) as browser:
        added = await browser.post(
            CONTACTS, json={"channel": "sms", "address": "+86 138-0000 0000"}
        )

    assert added.status_code == 201
    assert [(one["shown"], one["rings_from"]) for one in added.json()["contacts"]] == [
        ("…000", "warning")
    ]
    (kept,) = [row for row in await world.rows(Phone) if row.channel == "sms"]
    assert NUMBER.encode() not in (kept.sealed or b"")
    assert NUMBER not in kept.endpoint
    assert unsealed(SECRET, "sms", kept.sealed or b"") == NUMBER


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("sms", "13800000000"),
        ("sms", "+0123456789"),
        ("voice", "+86 138 0000 0000 ext 5"),
        ("apprise", "json://10.0.0.1/"),
        ("apprise", "tgram://123456789:abcdefg_hijklmnop/1"),
        ("siren", "valley/ridge"),
        ("web_push", "https://push.example.org/1"),
    ],
)
async def test_an_address_that_cannot_be_reached_is_refused(
    channel: str, address: str, reachable: Shell
) -> None:
    async with reachable.signed_in(Role.VILLAGER) as browser:
        refused = await browser.post(CONTACTS, json={"channel": channel, "address": address})

    assert refused.status_code == 422


async def test_a_server_without_such_a_channel_says_so(shell: Shell) -> None:
    async with shell.signed_in(Role.VILLAGER) as browser:
        refused = await browser.post(CONTACTS, json={"channel": "sms", "address": NUMBER})

    assert "no channel 'sms'" in refused.json()["message"]


async def test_nobody_sees_or_removes_anothers_number(reachable: Shell, world: World) -> None:
    number = await give_number(world, world.villager)
    async with reachable.signed_in(Role.ADMINISTRATOR) as browser:
        assert (await browser.get(CONTACTS)).json()["contacts"] == []
        assert (await browser.delete(f"{CONTACTS}/{number}")).status_code == 404


async def test_nobody_has_more_ways_than_are_of_use(reachable: Shell) -> None:
    async with reachable.signed_in(Role.VILLAGER) as browser:
        answers = [
            (
                await browser.post(
                    CONTACTS, json={"channel": "sms", "address": f"+861380000000{n}"}
                )
            ).status_code
            for n in range(contacts.MOST + 1)
        ]
        again = await browser.post(CONTACTS, json={"channel": "sms", "address": "+8613800000000"})

    assert answers == [201] * contacts.MOST + [409]
    assert again.status_code == 201


async def test_a_warning_rings_the_browser_and_the_number(
    world: World, channels: ChannelSettings, gateway: LocalGateway
) -> None:
    await give_number(world, world.villager)
    await world.tell(world.ridge, a_message())

    async with dispatching_to(world, channels, gateway):
        rows = await until(world, none_pending)

    assert sorted((row.channel, str(row.state)) for row in rows) == [
        ("sms", "sent"),
        ("web_push", "sent"),
        ("web_push", "sent"),
    ]
    (asked,) = gateway.asked
    body = json.loads(asked.body)
    assert (body["to"], body["text"].split("\n")[0]) == (NUMBER, "Warning: elephants near Guanping")


async def test_a_false_alarm_reaches_the_number_too(
    world: World, channels: ChannelSettings, gateway: LocalGateway
) -> None:
    await give_number(world, world.villager)
    await world.tell(world.ridge, a_message())
    async with dispatching_to(world, channels, gateway):
        await until(world, none_pending)
        alert = await world.the_alert()
        await world.answer(world.ranger, alert.id, AnswerKind.FALSE_ALARM, DUSK)
        await until(world, lambda rows: none_pending(rows) and len(rows) == 6)

    assert [json.loads(asked.body)["text"].split("\n")[0] for asked in gateway.asked] == [
        "Warning: elephants near Guanping",
        "False alarm: Guanping",
    ]


async def test_a_server_in_test_mode_calls_nobody_off_its_list(
    world: World, channels: ChannelSettings, gateway: LocalGateway
) -> None:
    await give_number(world, world.villager)
    await world.tell(world.ridge, a_message())
    only = Reach(frozenset({"https://push.example.org"}))

    async with dispatching_to(world, channels, gateway, reach=only):
        rows = await until(world, none_pending)

    assert gateway.asked == []
    (failed,) = [row for row in rows if row.state == DeliveryState.FAILED]
    assert (failed.channel, "test mode" in (failed.detail or "")) == ("sms", True)


async def test_a_forgotten_number_leaves_its_proof_behind_and_nothing_else(
    reachable: Shell, world: World, channels: ChannelSettings, gateway: LocalGateway
) -> None:
    number = await give_number(world, world.villager)
    await world.tell(world.ridge, a_message())
    async with dispatching_to(world, channels, gateway):
        await until(world, none_pending)
    async with world.database.transaction() as session:
        await contacts.remove_contact(session, world.villager.id, number, DUSK)

    (kept,) = [row for row in await world.rows(Phone) if row.id == number]
    assert (kept.sealed, kept.endpoint) == (None, f"forgotten:{number}")
    assert number in {row.phone_id for row in await world.rows(Delivery)}


def test_an_address_sealed_for_one_channel_or_server_opens_for_no_other() -> None:
    kept = sealed(SECRET, "sms", NUMBER)

    for secret, channel, text in (
        (b"t" * 32, "sms", kept),
        (SECRET, "voice", kept),
        (SECRET, "sms", kept[:-1]),
        (SECRET, "sms", b""),
    ):
        with pytest.raises(UnreadableAddressError):
            unsealed(secret, channel, text)


def test_a_channels_file_with_a_private_gateway_stops_the_server_with_a_sentence(
    tmp_path: Path,
) -> None:
    file = tmp_path / "channels.toml"
    file.write_text('[sms]\nurl = "http://10.0.0.1/send"\nsecret = "x"\n')

    with pytest.raises(SetUpError, match=r"sms\.url"):
        ChannelSettings.from_file(file, EndpointPolicy())
    own = EndpointPolicy(frozenset({"http://10.0.0.1"}))
    assert ChannelSettings.from_file(file, own).for_people == {"sms"}
    assert ChannelSettings.from_file(tmp_path / "none.toml", own).for_people == set()
    file.write_text("[pigeon]\n")
    with pytest.raises(SetUpError, match="pigeon"):
        ChannelSettings.from_file(file, own)
