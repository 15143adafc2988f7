"""The administrators' pages in a real Chromium, by the keyboard."""

import asyncio
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
from playwright.async_api import Locator, expect

from api.audit.tables import AuditEntry
from api.ledger.signer import Signer
from api.tables import Role
from tests.api.fleet.operator_desk import in_chromium, operator_desk
from tests.api.world import DUSK, a_message

pytestmark = in_chromium
HOUR = timedelta(hours=1)


async def read_by_a_phone(code: Locator) -> str:
    pixels = cv2.imdecode(np.frombuffer(await code.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    text: str = cv2.QRCodeDetector().detectAndDecode(pixels)[0]
    return text


async def test_an_administrator_invites_changes_and_locks_by_keyboard_and_the_log_tells(
    tmp_path: Path,
) -> None:
    async with operator_desk(tmp_path, role=Role.ADMINISTRATOR) as desk:
        page, world = desk.page, desk.world
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"{desk.url}/console/#/people")
        await desk.tab_to("invite-role")
        await page.keyboard.press("r")  # ranger
        await desk.tab_to("invite-make")
        await page.keyboard.press("Enter")
        made = page.get_by_test_id("invite-made")
        link = await made.locator("code").nth(1).inner_text()
        async with asyncio.timeout(10):  # a phone looks again, too, until it has read it
            while await read_by_a_phone(made.locator("svg")) != link:
                pass
        invitations = page.get_by_test_id("open-invite")
        await expect(invitations.first).to_contain_text("ranger, 1 use left")
        assert await desk.violations() == []

        await page.reload()
        await desk.tab_to(f"role-{world.villager.id}")
        await page.keyboard.press("r")
        await expect(page.get_by_test_id("people-said")).to_have_text("Mai is changed.")
        await desk.tab_to(f"lock-{world.villager.id}")
        await page.keyboard.press("Enter")
        row = page.get_by_test_id("person-row").filter(has_text="Mai")
        await expect(row).to_contain_text("locked out")
        assert await desk.violations() == []

        await page.goto(f"{desk.url}/console/#/people/audit")
        told = page.get_by_test_id("audit-row")
        await expect(told).to_have_count(3)
        await expect(told.nth(1)).to_contain_text("villager → ranger")
        assert await desk.violations() == []
        await desk.tab_to("audit-area")
        await page.keyboard.press("i")  # invitations
        await expect(told).to_have_count(1)

        noted = [(row.action, row.about_id) for row in await world.rows(AuditEntry)]
        assert noted == [
            ("invite.make", None),
            ("person.role", world.villager.id),
            ("person.lock", world.villager.id),
        ]


async def test_a_token_works_and_each_alert_has_its_certificate(tmp_path: Path) -> None:
    async with operator_desk(tmp_path, role=Role.ADMINISTRATOR, clock=lambda: DUSK + HOUR) as desk:
        page, world, parts = desk.page, desk.world, desk.parts
        await world.tell(world.ridge, a_message())
        signer = Signer(parts.database, parts.ledger_key, tmp_path, clock=parts.clock)
        (signed,) = await signer.sign_rest()
        await page.goto(f"{desk.url}/console/#/people/tokens")
        await desk.tab_to("token-name")
        await page.keyboard.type("dashboard")
        await desk.tab_to("scope-alerts:read")
        await page.keyboard.press("Space")
        await desk.tab_to("token-make")
        await page.keyboard.press("Enter")
        token = await page.get_by_test_id("token-text").inner_text()
        answer = await page.context.request.get(
            f"{desk.url}/api/v1/alerts", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status == 200
        await expect(page.get_by_test_id("token-row")).to_contain_text("dashboard")
        assert await desk.violations() == []

        await page.goto(f"{desk.url}/console/#/people/certificates")
        await expect(page.get_by_test_id("signatures")).to_contain_text(
            f"entries 1 to {signed.number} are signed"
        )
        assert await desk.violations() == []
        link = page.get_by_test_id("certificate-row").get_by_role("link")
        async with page.expect_popup() as opened:
            await link.focus()
            await page.keyboard.press("Enter")
        certificate = await opened.value
        await expect(certificate.locator("body")).to_contain_text("Guanping")
