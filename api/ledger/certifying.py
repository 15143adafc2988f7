"""Issues a certificate from the database, if the chain in it holds."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import IllegalMoveError, NotFoundError
from api.ledger import store
from api.ledger.certificate import CertifiedSite, SignedCertificate, issue
from api.ledger.names import names_at
from api.ledger.signing import LedgerKey
from api.ledger.walking import Trusted, walk
from api.sites.store import site_of


class Issuer(NamedTuple):
    """Who certifies: the key, the server's address, and what the chain is held against."""

    key: LedgerKey
    url: str
    trusted: Trusted


async def certificate_of(
    session: AsyncSession,
    issuer: Issuer,
    alert_id: str,
    now: datetime,
    *,
    site_id: str | None = None,
) -> SignedCertificate:
    """Certify what the ledger says of an alert; of a site's own alone, if one is named.

    The whole chain is walked first: nothing is certified that rests on a broken one.

    Raises:
        NotFoundError: the ledger says nothing of it.
        IllegalMoveError: the chain is broken; says where.
    """
    found, entries = await store.of_alert(session, alert_id)
    if found is None or site_id not in (None, found):
        raise NotFoundError("the ledger says nothing of such an alert")
    verdict, hashes = await walk(session, found, None, issuer.trusted)
    if verdict.broken is not None:
        raise IllegalMoveError(f"nothing can be certified: {verdict.broken.reason}")
    site = await site_of(session, found)
    return issue(
        issuer.key,
        site=CertifiedSite(id=site.id, name=site.name, timezone=site.timezone),
        alert_id=alert_id,
        entries=entries,
        hashes=hashes,
        names=await names_at(session, found),
        issued_by=issuer.url,
        now=now,
    )
