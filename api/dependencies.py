"""What routes ask FastAPI for: a transaction, the moment, and who is asking."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.changes.bell import Bell
from api.channels.settings import ChannelSettings
from api.database import Database
from api.errors import NotAllowedError, NotSignedInError, TooManyRequestsError
from api.ledger.signing import LedgerKey
from api.media.folder import MediaFolder
from api.metrics import Metrics
from api.people.pace import PER_SECOND, Pace
from api.people.rules import at_least, hash_of_token
from api.people.scopes import opens
from api.people.store import signed_in_person
from api.people.tokens import bearer_of
from api.settings import ServerSettings
from api.tables import Person, Role

COOKIE = "trunkline_session"
API = "/api/v1"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes of one process share; put together in `server.py`, or in a test."""

    database: Database
    settings: ServerSettings
    secret: bytes  # the server's own; signs delivery tokens
    vapid_public_key: str  # base64url
    media: MediaFolder
    ledger_key: LedgerKey
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    metrics: Metrics = field(default_factory=Metrics)
    clock: Callable[[], datetime] = utc_now
    changed: Bell = field(default_factory=Bell)  # rung after each commit: the live stream looks
    deliveries_due: asyncio.Event = field(default_factory=asyncio.Event)  # the dispatcher looks
    pace: Pace = field(default_factory=Pace)  # of programs
    comparing: asyncio.Lock = field(default_factory=asyncio.Lock)  # one process at a time
    closing: asyncio.Event = field(default_factory=asyncio.Event)  # open streams end

    def wake_everyone(self) -> None:
        """Tell the stream and the dispatcher that there may be news."""
        self.changed.ring()
        self.deliveries_due.set()


def parts_of(request: Request) -> Parts:
    """Return the process's parts."""
    parts: Parts = request.app.state.parts
    return parts


ServerParts = Annotated[Parts, Depends(parts_of)]


def settings_of(parts: ServerParts) -> ServerSettings:
    """Return the process's settings."""
    return parts.settings


def now(parts: ServerParts) -> datetime:
    """Return the moment, in UTC."""
    return parts.clock()


async def transaction(request: Request, parts: ServerParts) -> AsyncIterator[AsyncSession]:
    """Open the request's one transaction: committed before the answer leaves, or rolled back.

    A GET only reads: it then never waits for the link, nor the link for it.
    """
    if request.method in SAFE_METHODS:
        async with parts.database.reading() as session:
            yield session
        return
    async with parts.database.transaction() as session:
        yield session
    parts.wake_everyone()


Settings = Annotated[ServerSettings, Depends(settings_of)]
Now = Annotated[datetime, Depends(now)]
# Scope "function": otherwise the commit would come after the answer, and a phone could be told of
# an answer that was never kept.
Transaction = Annotated[AsyncSession, Depends(transaction, scope="function")]


async def identify(request: Request, session: AsyncSession, moment: datetime) -> Person:
    """Return who is asking: a browser with its cookie, or a program with its token.

    Raises:
        NotSignedInError: neither, or not a good one.
        NotAllowedError: the token is for other things than this route.
        TooManyRequestsError: a program asks and asks.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await _holder(request, session, bearer.strip(), moment)
    token = request.cookies.get(COOKIE)
    person = await signed_in_person(session, token, moment) if token else None
    if person is None:
        raise NotSignedInError("sign in first: with your invitation, or your name and password")
    return person


async def _holder(request: Request, session: AsyncSession, token: str, moment: datetime) -> Person:
    wait_s = parts_of(request).pace.wait_s(hash_of_token(token))
    if wait_s > 0:
        raise TooManyRequestsError(
            f"a token may ask {PER_SECOND:.0f} times a second; ask less often, or wait for news "
            "on the stream",
            retry_after_s=math.ceil(wait_s),
        )
    found = await bearer_of(session, token, moment)
    if found is None:
        raise NotSignedInError("this token is unknown, revoked or too old", code="bad_token")
    path = str(request.scope["route"].path).removeprefix(API)
    if not opens(found.scopes, request.method, path):
        raise NotAllowedError("this token is not for that", code="beyond_scope")
    return found.person


async def signed_in(request: Request, session: Transaction, moment: Now) -> Person:
    """Return who is asking; see `identify`."""
    return await identify(request, session, moment)


SignedIn = Annotated[Person, Depends(signed_in)]


def check_role(person: Person, role: Role) -> Person:
    """Return the person if they are in `role` or one above it.

    Raises:
        NotAllowedError: they are not.
    """
    if not at_least(person.role, role):
        raise NotAllowedError(f"this is for a {role} and above; you are a {person.role}")
    return person


def require(role: Role) -> Any:
    """Return the dependency that lets in `role` and those above it, and gives the person.

    Use it as `person: Annotated[Person, require(Role.RANGER)]`.
    """

    def allowed(person: SignedIn) -> Person:
        return check_role(person, role)

    # FastAPI wants a dependency not to outlive the narrower one it stands on.
    return Depends(allowed, scope="function")
