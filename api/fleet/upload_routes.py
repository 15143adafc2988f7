"""Releases come in over HTTP, signed elsewhere, and are withdrawn."""

import asyncio
import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from api.audit import store as audit
from api.dependencies import Now, ServerParts, Transaction, check_role, identify, require
from api.errors import IllegalMoveError
from api.fleet.release_figures import ReleaseView, releases_of, withdraw
from api.fleet.store import offer_release, offers_of, station_of
from api.fleet.uploads import MAX_RELEASE_BYTES, unpack
from api.receiving import receive
from api.tables import Person, Role
from api.text import PlainText

router = APIRouter(tags=["fleet"])


@router.put("/fleet/releases", status_code=201)
async def upload_release(
    request: Request,
    parts: ServerParts,
    moment: Now,
    station_id: Annotated[PlainText, Query(max_length=40)] = "",
) -> list[ReleaseView]:
    """Take a packed release (`Content-Type: application/zip`); offer it to one station, its canary.

    Its signature must be by one of the server's `release_keys`, and every file the signed one.
    """
    settings = parts.settings
    # No transaction is open while the file comes: on SQLite it would stop every other writer.
    async with parts.database.reading() as session:
        person = check_role(await identify(request, session, moment), Role.OPERATOR)
        await station_of(session, person.site_id, station_id)
    if not settings.release_keys:
        raise IllegalMoveError(
            "this server knows no release key: start it with TRUNKLINE_RELEASE_KEYS set to the "
            "public key that `trunkline-server model key` printed",
            code="no_release_key",
        )
    shelf = settings.releases_folder
    shelf.mkdir(parents=True, exist_ok=True)
    archive = shelf / f".{secrets.token_hex(8)}.zip"
    try:
        await receive(request, archive, most=MAX_RELEASE_BYTES)
        offer, manifest = await asyncio.to_thread(
            unpack, archive, settings.release_keys, shelf, settings.url
        )
    finally:
        archive.unlink(missing_ok=True)
    async with parts.database.transaction() as session:
        station = await station_of(session, person.site_id, station_id)
        known = [row.digest for row in await offers_of(session, station.id)]
        if offer.digest not in known:
            await offer_release(session, station, offer, manifest, moment)
            after = {"digest": offer.digest, "stations": [station_id]}
            await audit.note(
                session, person, "release.upload", moment, subject=manifest.name, after=after
            )
        return await releases_of(session, person.site_id)


@router.delete("/fleet/releases/{digest}/offers")
async def withdraw_offers(
    digest: Annotated[str, Path(pattern="^[0-9a-f]{1,64}$")],
    session: Transaction,
    moment: Now,
    person: Annotated[Person, require(Role.OPERATOR)],
) -> list[ReleaseView]:
    """Take a release back from every station where it does not run yet."""
    release, stations = await withdraw(session, person.site_id, digest)
    before = {"digest": digest, "stations": stations}
    await audit.note(session, person, "release.withdraw", moment, subject=release, before=before)
    return await releases_of(session, person.site_id)
