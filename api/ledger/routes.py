"""The proof over HTTP: the public key for everybody, the rest for administrators."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from api.dependencies import Now, Parts, ServerParts, Transaction, require
from api.ledger.certificate import SignedCertificate
from api.ledger.certifying import Issuer, certificate_of
from api.ledger.page import STYLE_POLICY, page
from api.ledger.signer import signatures_of
from api.ledger.signing import SignedHead
from api.ledger.walking import Trusted
from api.tables import Person, Role

router = APIRouter(tags=["proof"])
Administrator = Annotated[Person, require(Role.ADMINISTRATOR)]


class PublicKey(BaseModel):
    """The key with which everything of this server's ledger can be checked."""

    algorithm: str = "Ed25519"
    key: str


class Signatures(BaseModel):
    """Signatures under the site's chain, oldest first."""

    signatures: list[SignedHead]


@router.get("/ledger/key")
async def public_key(parts: ServerParts) -> PublicKey:
    """Return the public key. Note it elsewhere: a forger could show another one here."""
    return PublicKey(key=parts.ledger_key.public)


@router.get("/ledger/signatures")
async def signatures(session: Transaction, person: Administrator) -> Signatures:
    """Return the signatures: whoever keeps copies can tell a ledger that was written anew."""
    return Signatures(signatures=await signatures_of(session, person.site_id))


@router.get("/alerts/{alert_id}/certificate")
async def certificate(
    alert_id: str, session: Transaction, person: Administrator, parts: ServerParts, now: Now
) -> SignedCertificate:
    """Certify who was warned of an alert, when, and whether it reached them."""
    return await certificate_of(session, _issuer(parts), alert_id, now, site_id=person.site_id)


@router.get("/alerts/{alert_id}/certificate.html", response_class=HTMLResponse)
async def certificate_page(
    alert_id: str, session: Transaction, person: Administrator, parts: ServerParts, now: Now
) -> HTMLResponse:
    """Return the certificate as a page to print, which also holds it for `ledger check`."""
    signed = await certificate_of(session, _issuer(parts), alert_id, now, site_id=person.site_id)
    return HTMLResponse(page(signed), headers={"Content-Security-Policy": STYLE_POLICY})


def _issuer(parts: Parts) -> Issuer:
    trusted = Trusted.by(parts.settings.data_dir, [parts.ledger_key.public])
    return Issuer(parts.ledger_key, parts.settings.url, trusted)
