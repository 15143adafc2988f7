import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from pydantic import ValidationError

from mobile_push.http_gateway import Gateway, HttpGatewayChannel
from mobile_push.phone_address import EndpointPolicy
from mobile_push.push_message import PushMessage, Receipt, Sending
from mobile_push.text_address import TextAddress
from tests.mobile_push.text_messages import DELIVERY, DUSK, LocalGateway, a_gateway, a_push

SECRET = "the gateway's secret"
NUMBER = TextAddress("+8613800000000", "sms:1")


@pytest.fixture
async def gateway() -> AsyncIterator[LocalGateway]:
    async with a_gateway() as one:
        yield one


async def send(
    gateway: LocalGateway,
    message: PushMessage,
    *,
    origins: frozenset[str] | None = None,
    **described: Any,
) -> Sending:
    known: dict[str, Any] = {"url": f"{gateway.origin}/send", "secret": SECRET}
    policy = EndpointPolicy(frozenset({gateway.origin}) if origins is None else origins)
    async with aiohttp.ClientSession() as session:
        channel = HttpGatewayChannel(
            Gateway.model_validate(known | described),
            session,
            policy=policy,
            public_url="https://trunkline.example",
            now=lambda: DUSK,
            nonce=lambda: "n0nce",
        )
        return await channel.send(NUMBER, message)


async def test_an_sms_says_what_the_push_says_and_is_signed(gateway: LocalGateway) -> None:
    sending = await send(gateway, a_push())

    (asked,) = gateway.asked
    body = json.loads(asked.body)
    assert sending.receipt is Receipt.SENT
    assert (body["to"], body["id"]) == (NUMBER.text, DELIVERY)
    assert body["text"] == "DANGER: elephants at Guanping\n3 elephants, inside the area"
    stamp = str(int(DUSK.timestamp()))
    signed = f"{stamp}\nn0nce\n{asked.body.decode()}"
    expected = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()
    assert asked.headers["x-trunkline-signature"] == expected
    assert asked.headers["x-trunkline-timestamp"] == stamp


async def test_a_voice_call_gets_the_recorded_phrase_of_its_level_and_language(
    gateway: LocalGateway,
) -> None:
    await send(
        gateway,
        a_push(),
        audio_url="https://trunkline.example/phrases/{lang}/{level}.mp3",
        body={"callee": "{to}", "play": ["{audio_url}"], "say": {"text": "{title}"}},
    )

    assert json.loads(gateway.asked[0].body) == {
        "callee": NUMBER.text,
        "play": ["https://trunkline.example/phrases/en/danger.mp3"],
        "say": {"text": "DANGER: elephants at Guanping"},
    }


async def test_without_a_recording_of_its_own_a_call_gets_the_server_s_clip(
    gateway: LocalGateway,
) -> None:
    body = {"play": "{audio_url}", "say": "{text}"}
    await send(gateway, a_push(), body=body)
    await send(gateway, a_push(simulated=True), body=body)
    await send(gateway, a_push(language="lo"), body=body)  # nobody has spoken it

    danger, drill, lao = (json.loads(asked.body) for asked in gateway.asked)
    assert danger["play"] == "https://trunkline.example/app/voice/en/danger.mp3"
    assert drill["play"] == "https://trunkline.example/app/voice/en/drill.mp3"
    assert lao["play"] == ""
    assert lao["say"]


async def test_the_name_of_a_village_cannot_break_out_of_its_field(gateway: LocalGateway) -> None:
    evil = 'X","to":"+1999{secret}&to=+1888\r\nX-Evil: 1'
    await send(gateway, a_push(geofence=evil))
    await send(gateway, a_push(geofence=evil), encoding="form")

    assert json.loads(gateway.asked[0].body)["to"] == NUMBER.text
    form = parse_qs(gateway.asked[1].body.decode())
    assert (form["to"], sorted(form)) == ([NUMBER.text], ["id", "text", "to"])
    assert evil[:20] in form["text"][0]
    assert all("x-evil" not in asked.headers for asked in gateway.asked)


async def test_a_signature_is_spelt_as_the_gateway_wants_it(gateway: LocalGateway) -> None:
    signature = {
        "header": "Authorization",
        "over": "POST\n{path}\n{key_id}",
        "prefix": "acs ",
        "algorithm": "sha1",
        "encoding": "base64",
    }
    await send(gateway, a_push(), key_id="ak", signature=signature)

    mac = hmac.new(SECRET.encode(), b"POST\n/send\nak", hashlib.sha1).digest()
    assert gateway.asked[0].headers["authorization"] == f"acs {base64.b64encode(mac).decode()}"


@pytest.mark.parametrize(
    ("status", "headers", "receipt", "wait_s"),
    [
        (200, {}, Receipt.SENT, None),
        (400, {}, Receipt.REFUSED, None),
        (302, {"Location": "http://127.0.0.1:1/"}, Receipt.REFUSED, None),
        (429, {"Retry-After": "17"}, Receipt.TRY_AGAIN, 17.0),
        (503, {}, Receipt.TRY_AGAIN, None),
    ],
)
async def test_what_the_gateway_answers_is_a_receipt(
    status: int,
    headers: dict[str, str],
    receipt: Receipt,
    wait_s: float | None,
    gateway: LocalGateway,
) -> None:
    gateway.answer = lambda: web.Response(status=status, headers=headers)

    sending = await send(gateway, a_push())

    assert (sending.receipt, sending.retry_after_s) == (receipt, wait_s)
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    ("answer", "receipt"),
    [
        ({"result": {"Code": "OK"}}, Receipt.SENT),
        ({"result": {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}}, Receipt.GONE),
        ({"result": {"Code": "isv.AMOUNT_NOT_ENOUGH"}}, Receipt.REFUSED),
        ([], Receipt.REFUSED),
    ],
)
async def test_a_gateway_that_says_200_to_everything_is_read(
    answer: Any, receipt: Receipt, gateway: LocalGateway
) -> None:
    gateway.answer = lambda: web.json_response(answer)
    success = {
        "field": "result.Code",
        "equals": ["OK"],
        "gone": ["isv.MOBILE_NUMBER_ILLEGAL"],
    }

    assert (await send(gateway, a_push(), success=success)).receipt is receipt


async def test_a_gateway_that_is_away_is_tried_again() -> None:
    async with a_gateway() as gone:
        pass

    assert (await send(gone, a_push())).receipt is Receipt.TRY_AGAIN


async def test_no_gateway_leads_into_the_server_s_own_network(gateway: LocalGateway) -> None:
    sending = await send(gateway, a_push(), origins=frozenset())

    assert (sending.receipt, gateway.asked) == (Receipt.REFUSED, [])


@pytest.mark.parametrize(
    "described",
    [
        {"body": {"to": "{phone}"}},
        {"body": {"a": [{"b": "{to.__class__}"}]}},
        {"headers": {"X": "{payload}"}},
        {"audio_url": "{to}"},
        {"unknown": 1},
    ],
)
def test_a_template_that_asks_for_what_is_not_there_is_refused_at_start(
    described: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        Gateway.model_validate({"url": "https://sms.example", "secret": SECRET} | described)


def test_neither_secret_nor_number_is_printed() -> None:
    gateway = Gateway.model_validate({"url": "https://sms.example", "secret": SECRET})

    assert SECRET not in repr(gateway)
    assert NUMBER.text not in repr(NUMBER)
