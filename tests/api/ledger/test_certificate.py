import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import async_playwright
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api.cli import app
from api.deliveries import claims, results
from api.ledger import certificate as certificates
from api.ledger.certificate import BadCertificateError, CertifiedSite, SignedCertificate, issue
from api.ledger.page import STYLE_POLICY, page
from api.ledger.rules import START, Note, Step, chained
from api.ledger.signing import LedgerKey
from api.ledger.timeline import Names
from api.pipeline import handle_receipt
from api.tables import AnswerKind, Delivery, Role
from mobile_push.push_message import Receipt, Sending
from tests.api.shell import Shell, a_shell
from tests.api.world import DUSK, World, a_message
from tests.browser import ARGUMENTS, CHROMIUM

SECOND = timedelta(seconds=1)
NAMES = Names(people={1: "Mai", 2: "Bo", 3: "Not rung"}, geofences={1: "Guanping"})


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> LedgerKey:
    return LedgerKey.load_or_create(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="module")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> LedgerKey:
    return LedgerKey.load_or_create(tmp_path_factory.mktemp("forger"))


def a_certificate(key: LedgerKey, geofence: str = "Guanping") -> SignedCertificate:
    """One of an alert whose entries lie among those of others."""
    evidence = {"station": "ridge", "lighting": "night_ir", "confidence": 0.8, "picture": None}
    evidence |= {"release": "elephant-0.1", "received_at": DUSK + SECOND}
    decided = {"captured_at": DUSK, "detection": "d", "simulated": False, "people_beside": False}
    decided |= {"level": "warning", "count": 2, "distance_m": 400.0, "geofence": 1}
    decided |= {"buffer_m": 500, "watch_m": 1500, "evidence": evidence}
    people = [{"delivery": name, "phone": 1, "person": n} for n, name in enumerate("ab", 1)]
    shown = {"delivery": "a", "told_at": DUSK + 3 * SECOND}
    ours = [
        Note(Step.RAISED, "ours", decided),
        Note(Step.PLANNED, "ours", {"occasion": "warning", "deliveries": people}),
        Note(Step.SENT, "ours", {"delivery": "a", "channel": "web_push", "detail": ""}),
        Note(Step.FAILED, "ours", {"delivery": "b", "channel": "sms", "detail": "no credit"}),
        Note(Step.SHOWN, "ours", shown),
    ]
    others = [Note(Step.SHOWN, "another", {"delivery": str(n)}) for n in range(8)]
    mixed = [others[0], ours[0], *others[1:4], *ours[1:4], *others[4:], ours[4]]
    chain = chained("valley", START, mixed, DUSK + 2 * SECOND)
    return issue(
        key,
        site=CertifiedSite(id="valley", name="Valley", timezone="Asia/Shanghai"),
        alert_id="ours",
        entries=[entry for entry in chain if entry.alert_id == "ours"],
        hashes=[entry.hash for entry in chain],
        names=Names(people=NAMES.people, geofences={1: geofence}),
        issued_by="https://trunkline.example",
        now=DUSK + 60 * SECOND,
    )


def test_a_certificate_is_checked_against_the_public_key_alone(key: LedgerKey) -> None:
    text = a_certificate(key).model_dump_json()

    read = certificates.read(text)

    certificates.check(read, key.public)
    assert read.certificate.people == {1: "Mai", 2: "Bo"}
    assert "another" not in text


def test_another_server_s_certificate_is_none_of_this_one(
    key: LedgerKey, other_key: LedgerKey
) -> None:
    with pytest.raises(BadCertificateError, match="signed with another key"):
        certificates.check(a_certificate(other_key), key.public)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_not_one_character_can_be_changed(key: LedgerKey, data: st.DataObject) -> None:
    text = a_certificate(key).model_dump_json()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from('0a"}x,'))

    changed = text[:place] + other + text[place + 1 :]

    try:
        read = certificates.read(changed)
        certificates.check(read, key.public)
    except BadCertificateError:
        return
    assert json.loads(changed) == json.loads(text)  # only another spelling of the same


def test_whoever_has_the_key_still_cannot_add_what_the_ledger_does_not_say(
    key: LedgerKey, other_key: LedgerKey
) -> None:
    """A forger who signs with a key of theirs, but copies the server's signed head."""
    real, forged = a_certificate(key).certificate, a_certificate(other_key).certificate
    mixed = forged.model_copy(update={"head": real.head})
    signature = other_key.sign_words(certificates._words(mixed.fingerprint))

    with pytest.raises(BadCertificateError, match="not signed with this key"):
        certificates.check(
            SignedCertificate(certificate=mixed, signature=signature), other_key.public
        )


def test_an_entry_that_is_not_in_the_signed_ledger_is_found_even_under_a_good_signature(
    key: LedgerKey,
) -> None:
    real = a_certificate(key).certificate
    (extra,) = chained("valley", START, [Note(Step.SHOWN, "ours", {"delivery": "b"})], DUSK)
    stranger = real.entries[0].model_copy(
        update={"number": 1, "body": extra.body, "previous": extra.previous, "hash": extra.hash}
    )
    more = real.model_copy(update={"entries": (stranger, *real.entries)})
    signature = key.sign_words(certificates._words(more.fingerprint))

    with pytest.raises(BadCertificateError, match="entry 1 is not in the ledger"):
        certificates.check(SignedCertificate(certificate=more, signature=signature), key.public)


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html></html>", '{"certificate": null}'])
def test_what_is_no_certificate_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadCertificateError, match="this is no certificate"):
        certificates.read(text)


def test_the_page_to_print_is_a_certificate_too(key: LedgerKey) -> None:
    nasty = "</script><script>alert(1)</script>"
    printed = page(a_certificate(key, geofence=nasty))

    certificates.check(certificates.read(printed), key.public)
    assert nasty not in printed
    assert printed.count("<script") == 1


def check(file: Path, key: str) -> Result:
    return CliRunner().invoke(app, ["ledger", "check", str(file), "--key", key])


def test_the_command_reads_it_aloud_or_says_what_is_wrong(key: LedgerKey, tmp_path: Path) -> None:
    file = tmp_path / "certificate.html"
    file.write_text(page(a_certificate(key)))

    good = check(file, key.public)
    file.write_text(file.read_text().replace("Mai", "Moi"))
    bad = check(file, key.public)

    assert good.exit_code == 0, good.output
    assert "shown         warning to Mai (person 1)" in good.stdout
    assert "genuine: issued 2026-11-22 11:31 UTC by https://trunkline.example" in good.stdout
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert "it was changed after it was signed" in bad.stderr


@pytest.fixture
async def told(world: World) -> tuple[World, str]:
    """A warning that two phones got, of which one was shown and answered."""
    await world.tell(world.ridge, a_message("elephant", "elephant"))
    async with world.database.transaction() as session:
        jobs = await claims.claim(session, DUSK + 3 * SECOND, 10)
    async with world.database.transaction() as session:
        ended = [(job, Sending(Receipt.SENT)) for job in jobs]
        await results.record(session, ended, DUSK + 3 * SECOND)
    first = min(await world.rows(Delivery), key=lambda row: row.phone_id)
    async with world.database.transaction() as session:
        at = DUSK + 4 * SECOND
        await handle_receipt(session, first.id, "shown", at, at)
    await world.answer(world.villager, first.alert_id, AnswerKind.ON_MY_WAY, DUSK + 30 * SECOND)
    return world, first.alert_id


@pytest.fixture
def shell(told: tuple[World, str], tmp_path: Path) -> Shell:
    return a_shell(told[0].database, tmp_path)


async def test_an_administrator_is_given_one_that_the_published_key_checks(
    told: tuple[World, str], shell: Shell
) -> None:
    async with shell.signed_in(Role.ADMINISTRATOR) as client:
        answer = await client.get(f"/api/v1/alerts/{told[1]}/certificate")
        missing = await client.get("/api/v1/alerts/nothing/certificate")
    async with shell.browser() as nobody:
        public = (await nobody.get("/api/v1/ledger/key")).json()["key"]

    certificates.check(certificates.read(answer.text), public)
    assert len(answer.json()["certificate"]["entries"]) == 8
    assert missing.status_code == 404


async def test_nothing_is_certified_that_rests_on_a_broken_chain(
    told: tuple[World, str], shell: Shell
) -> None:
    async with told[0].database.transaction() as session:
        await session.execute(text("UPDATE ledger SET body = 'x' WHERE number = 1"))
    async with shell.signed_in(Role.ADMINISTRATOR) as client:
        answer = await client.get(f"/api/v1/alerts/{told[1]}/certificate")

    assert answer.status_code == 409
    assert answer.json()["message"] == "nothing can be certified: entry 1 was changed"


@pytest.mark.browser
async def test_the_page_is_read_in_a_browser_that_refuses_foreign_styles_and_scripts(
    key: LedgerKey, tmp_path: Path
) -> None:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    html = page(a_certificate(key))
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        headers = {"content-type": "text/html", "content-security-policy": STYLE_POLICY}
        await tab.route("**/*", lambda route: route.fulfill(body=html, headers=headers))
        await tab.goto("http://server.test/")
        people = await tab.locator("section").first.inner_text()
        colour = await tab.evaluate("getComputedStyle(document.querySelector('h2')).borderBottom")
        await browser.close()

    assert complaints == []
    assert re.search(r"Mai \(no\. 1\)\s+19:30:02\s+–\s+19:30:03", people)
    assert "no credit" in people
    assert "rgb(31, 107, 74)" in colour
