"""A site's people over HTTP: administrators see who they are, and look after what they may."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import store as audit
from api.dependencies import Now, ServerParts, Transaction, check_role, require
from api.errors import NotSignedInError
from api.long_answers import told_in_pages
from api.people import accounts, forgetting, site_people, tokens
from api.people.site_people import INVITE_ID_LETTERS, SitePerson, people_among
from api.people.token_routes import TokenView
from api.sites.store import lock_site
from api.tables import Invite, Person, Role
from api.text import LARGEST_ID

router = APIRouter(tags=["people"])

Administrator = Annotated[Person, require(Role.ADMINISTRATOR)]
_Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class SitePersonView(BaseModel):
    """Somebody of the site; without a username they came by invitation alone."""

    id: int
    name: str
    role: Role
    language: str
    username: str | None
    joined_at: datetime
    locked_at: datetime | None
    is_you: bool
    browsers: int
    phones: int
    tokens: list[TokenView]


class OpenInvite(BaseModel):
    """An invitation that still lets somebody in; its code was shown when it was made."""

    id: str
    role: Role
    geofence_ids: list[int]
    uses_left: int
    expires_at: datetime


class OpenInvites(BaseModel):
    """The site's open invitations."""

    invites: list[OpenInvite]


class SitePeople(OpenInvites):
    """The site's people by name, and its open invitations."""

    people: list[SitePersonView]


class PersonWish(BaseModel):
    """What is to be otherwise about somebody; what is not named stays."""

    role: Role | None = None
    locked: bool | None = None


@router.get("/people", response_model=SitePeople)
async def list_people(
    parts: ServerParts, session: Transaction, person: Administrator, now: Now
) -> StreamingResponse:
    """Return who belongs to the site, and which invitations are open."""
    invites = await site_people.invites_of(session, person.site_id, now)

    async def read_page(session: AsyncSession, people: Sequence[int]) -> list[SitePersonView]:
        return [_view(each, person) for each in await people_among(session, people, now)]

    return told_in_pages(
        parts.database,
        site_people.by_name(person.site_id),
        read_page,
        name="people",
        rest=lambda: OpenInvites(invites=[_invite(each) for each in invites]),
    )


@router.patch("/people/{person_id}", status_code=204)
async def change_person(
    person_id: _Number, wish: PersonWish, session: Transaction, asker: Administrator, now: Now
) -> None:
    """Give somebody another role, shut them out at once, or let them in again."""
    person = await _other(session, asker, person_id)
    if wish.role is not None and wish.role != person.role:
        before, person.role = str(person.role), wish.role
        await audit.note(
            session, asker, "person.role", now, about=person.id, before=before, after=wish.role
        )
    if wish.locked is not None and wish.locked != (person.disabled_at is not None):
        await accounts.set_disabled(session, person.id, now if wish.locked else None)
        action = "person.lock" if wish.locked else "person.unlock"
        await audit.note(session, asker, action, now, about=person.id)


@router.delete("/people/{person_id}", status_code=204)
async def forget_person(
    person_id: _Number, session: Transaction, asker: Administrator, now: Now
) -> None:
    """Forget somebody. What was proof of a warning keeps a number that leads to nobody."""
    person = await _other(session, asker, person_id)
    await forgetting.forget(session, person, now)
    await audit.note(session, asker, "person.forget", now, about=person.id)


@router.delete("/people/{person_id}/tokens/{token_id}", status_code=204)
async def revoke_theirs(
    person_id: _Number, token_id: _Number, session: Transaction, asker: Administrator, now: Now
) -> None:
    """Make a token of somebody's worthless, as when it leaked."""
    person = await site_people.person_of(session, asker.site_id, person_id)
    await tokens.revoke(session, person.id, token_id, now)
    await audit.note(
        session, asker, "token.revoke", now, subject=f"token {token_id}", about=person.id
    )


@router.delete("/invites/{invite_id}", status_code=204)
async def withdraw_invite(
    invite_id: Annotated[str, Path(pattern=f"^[0-9a-f]{{{INVITE_ID_LETTERS}}}$")],
    session: Transaction,
    asker: Administrator,
    now: Now,
) -> None:
    """Let nobody in by an invitation any more."""
    invite = await site_people.withdraw_invite(session, asker.site_id, invite_id)
    before = {"role": str(invite.role), "uses_left": invite.uses_left}
    await audit.note(session, asker, "invite.withdraw", now, subject=invite_id, before=before)


async def _other(session: AsyncSession, asker: Person, person_id: int) -> Person:
    """Return whom the asker may change: two who lock each other at once must not both succeed."""
    await lock_site(session, asker.site_id)
    await session.refresh(asker)
    check_role(asker, Role.ADMINISTRATOR)
    if asker.disabled_at is not None:
        raise NotSignedInError("you were shut out a moment ago")
    person = await site_people.person_of(session, asker.site_id, person_id)
    site_people.check_is_other(asker, person)
    return person


def _view(row: SitePerson, asker: Person) -> SitePersonView:
    person = row.person
    return SitePersonView(
        id=person.id,
        name=person.name,
        role=Role(person.role),
        language=person.language,
        username=row.username,
        joined_at=person.joined_at,
        locked_at=person.disabled_at,
        is_you=person.id == asker.id,
        browsers=row.browsers,
        phones=row.phones,
        tokens=[TokenView.model_validate(token) for token in row.tokens],
    )


def _invite(row: Invite) -> OpenInvite:
    return OpenInvite(
        id=row.code_hash[:INVITE_ID_LETTERS],
        role=Role(row.role),
        geofence_ids=row.geofence_ids,
        uses_left=row.uses_left,
        expires_at=row.expires_at,
    )
