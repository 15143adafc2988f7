"""A certificate of one alert: what the ledger says of it, for people and courts without a server.

Anybody who has the server's public key can check one, offline: it holds the alert's entries word
for word, the way from each to the signed root of the ledger's tree, and a signature over all of it.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.errors import ExpectedError
from api.ledger.rules import Entry, Head, canonical, hash_of
from api.ledger.signing import HEX_64, HEX_128, MAX_NUMBER, LedgerKey, SignedHead, is_signed
from api.ledger.timeline import Line, Names, timeline
from api.ledger.tree import paths_to, root_of, root_through

FORMAT: Final = "trunkline-certificate/1"
PAGE_START = '<script type="application/json" id="certificate">'
PAGE_END = "</script>"

_FIXED = ConfigDict(frozen=True, extra="forbid")
Hash = Annotated[str, Field(pattern=HEX_64)]


class BadCertificateError(ExpectedError):
    """It is none of the server's, or somebody has changed it; the text says where."""


class CertifiedEntry(BaseModel):
    """One entry of the ledger, and the hashes that lead from it to the signed root."""

    model_config = _FIXED

    number: int = Field(ge=1, le=MAX_NUMBER)
    body: str
    previous: Hash
    hash: Hash
    path: tuple[Hash, ...] = Field(max_length=64)

    @property
    def entry(self) -> Entry:
        """The entry as the ledger has it."""
        return Entry(self.number, self.said["alert"], self.body, self.previous, self.hash)

    @property
    def said(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class CertifiedSite(BaseModel):
    """Where it was, and in which time zone people there read a clock."""

    model_config = _FIXED

    id: str
    name: str
    timezone: str


class Certificate(BaseModel):
    """What is certified. Names are those of the day on which it was issued."""

    model_config = _FIXED

    format: Literal["trunkline-certificate/1"] = FORMAT
    alert: str
    site: CertifiedSite
    issued_at: AwareDatetime
    issued_by: str  # the server's address
    people: dict[int, str]
    geofences: dict[int, str]
    head: SignedHead
    entries: tuple[CertifiedEntry, ...] = Field(min_length=1)

    @property
    def fingerprint(self) -> str:
        """What tells this certificate from every other, as 64 hex digits."""
        return hashlib.sha256(canonical(self.model_dump()).encode()).hexdigest()

    @property
    def lines(self) -> list[Line]:
        """What happened, in words."""
        names = Names(people=self.people, geofences=self.geofences)
        return timeline([each.entry for each in self.entries], names)


class SignedCertificate(BaseModel):
    """A certificate with the server's signature over its fingerprint."""

    model_config = _FIXED

    certificate: Certificate
    signature: str = Field(pattern=HEX_128)


def issue(
    key: LedgerKey,
    *,
    site: CertifiedSite,
    alert_id: str,
    entries: Iterable[Entry],
    hashes: list[str],
    names: Names,
    issued_by: str,
    now: datetime,
) -> SignedCertificate:
    """Certify what the ledger says of an alert. `hashes` are those of the site's whole chain."""
    kept = list(entries)
    paths = paths_to((entry.number - 1 for entry in kept), hashes)
    certified = tuple(
        CertifiedEntry(
            number=entry.number,
            body=entry.body,
            previous=entry.previous,
            hash=entry.hash,
            path=tuple(paths[entry.number - 1]),
        )
        for entry in kept
    )
    people, geofences = _mentioned(certified)
    certificate = Certificate(
        alert=alert_id,
        site=site,
        issued_at=now,
        issued_by=issued_by,
        people={n: name for n, name in names.people.items() if n in people},
        geofences={n: name for n, name in names.geofences.items() if n in geofences},
        head=key.sign(site.id, Head(len(hashes), hashes[-1]), root_of(hashes), now),
        entries=certified,
    )
    return SignedCertificate(
        certificate=certificate, signature=key.sign_words(_words(certificate.fingerprint))
    )


def read(text: str) -> SignedCertificate:
    """Read a certificate: its JSON, or the page to print, which holds it.

    Raises:
        BadCertificateError: it is none.
    """
    if PAGE_START in text:
        text = text.partition(PAGE_START)[2].partition(PAGE_END)[0]
    try:
        return SignedCertificate.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise BadCertificateError(f"this is no certificate: {where}: {first['msg']}") from error


def check(signed: SignedCertificate, public_key: str) -> None:
    """Accept a certificate silently.

    Raises:
        BadCertificateError: it is not what the owner of the key has signed, or contradicts itself.
    """
    certificate = signed.certificate
    head = certificate.head
    if not is_signed(public_key, _words(certificate.fingerprint), signed.signature):
        raise BadCertificateError(
            "it was changed after it was signed, or signed with another key than this one"
        )
    if head.key != public_key or not head.is_genuine:
        raise BadCertificateError("the end of the ledger in it was not signed with this key")
    if head.site != certificate.site.id:
        raise BadCertificateError(f"the ledger in it is that of another site, {head.site}")
    for each in certificate.entries:
        _check_entry(each, certificate)
    for one, other in pairwise(certificate.entries):
        if one.number >= other.number:
            raise BadCertificateError(f"entry {other.number} is not in its place")


def _check_entry(each: CertifiedEntry, certificate: Certificate) -> None:
    if hash_of(each.previous, each.body) != each.hash:
        raise BadCertificateError(f"entry {each.number} does not say what was hashed")
    head = certificate.head
    if root_through(each.number - 1, head.number, each.hash, each.path) != head.root:
        raise BadCertificateError(f"entry {each.number} is not in the ledger that was signed")
    try:
        said = each.said
        place = said["site"], said["number"], said["alert"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadCertificateError(f"entry {each.number} cannot be read") from error
    if place != (certificate.site.id, each.number, certificate.alert):
        raise BadCertificateError(f"entry {each.number} is about something else")


def _words(fingerprint: str) -> bytes:
    return f"{FORMAT}\n{fingerprint}".encode()


def _mentioned(entries: Iterable[CertifiedEntry]) -> tuple[set[int], set[int]]:
    """Return the numbers of the people and the geofences that entries speak of."""
    people: set[int] = set()
    geofences: set[int] = set()
    for each in entries:
        facts = each.said["facts"]
        planned = facts.get("deliveries", ())
        people |= {one["person"] for one in planned if isinstance(one, dict)}
        people |= {facts["person"]} if "person" in facts else set()
        geofences |= {facts["geofence"]} if "geofence" in facts else set()
    return people, geofences
