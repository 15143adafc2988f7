"""Joining, signing out, inviting, and where a phone is reached, over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import store as audit
from api.dependencies import (
    COOKIE,
    Now,
    Parts,
    ServerParts,
    SignedIn,
    Transaction,
    check_role,
    identify,
    require,
)
from api.errors import InvalidError, NotAllowedError, NotSignedInError, TooManyRequestsError
from api.people import accounts, forgetting, phones, store
from api.people.passwords import LONGEST, check_password, hash_of_password, is_password
from api.people.qr import modules_of
from api.people.rules import (
    INVITE_LASTS,
    SIGN_IN_LASTS,
    STAFF_SIGN_IN_LASTS,
    new_invite_code,
)
from api.people.sign_in import sign_in_with_password
from api.people.tables import Account
from api.people.views import FollowedGeofence, Me, PersonView, PhoneReach, SiteView, Welcome
from api.sites.store import site_of
from api.tables import Invite, Person, Role
from api.text import LARGEST_ID, PlainText
from mobile_push.phone_address import BadAddressError, EndpointPolicy, PhoneAddress

router = APIRouter(tags=["people"])

Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$", max_length=16)]

GeofenceId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class SigningIn(BaseModel):
    """An invite code and how to call its bearer; or the name and password of an account."""

    invite_code: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    password: Annotated[str, Field(min_length=1, max_length=LONGEST)] | None = None
    name: Annotated[PlainText, Field(max_length=80)] = ""
    language: Language = "en"

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.invite_code is None) == (self.password is None):
            raise ValueError("give an invite_code, or a name and its password")
        return self


class NewAccount(BaseModel):
    """The name and password with which the asker signs in from now on."""

    username: Annotated[str, Field(max_length=64)]
    password: Annotated[str, Field(max_length=1000)]
    current_password: Annotated[str, Field(max_length=1000)] = ""  # if there was an account


class Wish(BaseModel):
    """What somebody wants changed about themselves."""

    language: Language


class NewInvite(BaseModel):
    """Whom an administrator lets in."""

    role: Role = Role.VILLAGER
    geofence_ids: Annotated[
        list[GeofenceId], Field(max_length=200)
    ] = []  # followed on joining; none: all
    uses: Annotated[int, Field(ge=1, le=1000)] = 1


class InviteView(BaseModel):
    """A new invitation; its code is shown this once. `qr` is its link: rows of dark 1, light 0."""

    invite_code: str
    url: str
    qr: list[str]
    role: Role
    uses_left: int
    expires_at: datetime


class SubscriptionKeys(BaseModel):
    """What the browser made for us to encrypt with."""

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


class Subscription(BaseModel):
    """A browser's push subscription."""

    endpoint: Annotated[PlainText, Field(max_length=2000)]
    keys: SubscriptionKeys


class Subscribed(BaseModel):
    """What was known of it. Its browser should get another one if its push service had ended it."""

    was_gone: bool


class Endpoint(BaseModel):
    """Which subscription."""

    endpoint: Annotated[PlainText, Field(max_length=2000)]


@router.post("/session", status_code=201)
async def join(
    body: SigningIn, request: Request, response: Response, parts: ServerParts, moment: Now
) -> Welcome:
    """Let somebody in, by an invite code or by name and password, and sign their browser in.

    It opens its own transactions: none is held while a password is looked at.
    """
    client = request.client.host if request.client else ""
    attempts = request.app.state.wrong_codes
    if wait_s := attempts.wait_s(client, moment):
        raise TooManyRequestsError("too many wrong codes; wait a few minutes", retry_after_s=wait_s)
    try:
        if body.password is not None:
            person, token = await sign_in_with_password(
                parts.database, body.name, body.password, moment
            )
            lasts = STAFF_SIGN_IN_LASTS
        else:
            person, token = await _join(parts, body, moment)
            lasts = SIGN_IN_LASTS
    except NotSignedInError:
        attempts.note(client, moment)
        raise
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=parts.settings.is_secure,
    )
    async with parts.database.reading() as session:
        return await _welcome(session, person)


@router.delete("/session", status_code=204)
async def leave(request: Request, response: Response, session: Transaction) -> None:
    """Sign this browser out."""
    if token := request.cookies.get(COOKIE):
        await store.sign_out(session, token)
    response.delete_cookie(COOKIE)


@router.get("/me")
async def me(session: Transaction, parts: ServerParts, person: SignedIn) -> Me:
    """Return who is signed in, what they follow, and whether a push reaches them."""
    welcome = await _welcome(session, person)
    followed = await store.followed_geofences(session, person)
    subscribed, last_reached_at = await phones.reach_of(session, person)
    return Me(
        person=welcome.person,
        site=welcome.site,
        geofences=[FollowedGeofence.model_validate(row) for row in followed],
        vapid_public_key=parts.vapid_public_key,
        phone=PhoneReach(subscribed=subscribed, last_reached_at=last_reached_at),
    )


@router.patch("/me", status_code=204)
async def change_me(body: Wish, session: Transaction, person: SignedIn) -> None:
    """Speak to the person in another language from now on, in pushes too."""
    await store.set_language(session, person.id, body.language)


@router.get("/me/data")
async def all_about_me(
    session: Transaction, parts: ServerParts, person: SignedIn, moment: Now
) -> dict[str, Any]:
    """Return all that the server knows of the asker."""
    return await forgetting.known_of(session, parts.secret, person, moment)


@router.delete("/me", status_code=204)
async def forget_me(
    response: Response, session: Transaction, person: SignedIn, moment: Now
) -> None:
    """Forget the asker. What was proof of a warning keeps a number that leads to nobody."""
    await forgetting.forget(session, person, moment)
    response.delete_cookie(COOKIE)


@router.put("/me/account", status_code=204)
async def put_account(body: NewAccount, request: Request, parts: ServerParts, moment: Now) -> None:
    """Give the asker a name and password, or others. Every browser of theirs signs in anew.

    It opens its own transactions: none is held while a password is hashed.
    """
    async with parts.database.reading() as session:
        person = check_role(await identify(request, session, moment), Role.RANGER)
        known = await accounts.account_of(session, person.id)
    username = accounts.username_of(body.username)
    accounts.check_username(username)
    check_password(body.password, username)
    if known is not None:
        await _check_current(parts, known, body.current_password, moment)
    hashed = await hash_of_password(body.password)
    async with parts.database.transaction() as session:
        await accounts.put_account(session, person.id, username, hashed, moment)
        await audit.note(session, person, "person.account", moment, about=person.id)


@router.post("/invites", status_code=201)
async def invite(
    body: NewInvite,
    session: Transaction,
    parts: ServerParts,
    moment: Now,
    person: Annotated[Person, require(Role.ADMINISTRATOR)],
) -> InviteView:
    """Make an invitation to the administrator's own site."""
    known = await store.geofences_among(session, person.site_id, body.geofence_ids)
    if unknown := set(body.geofence_ids) - known:
        raise InvalidError(f"no geofence {min(unknown)} at this site")
    code = new_invite_code()
    row = Invite(
        site_id=person.site_id,
        role=body.role,
        geofence_ids=sorted(known),
        uses_left=body.uses,
        expires_at=moment + INVITE_LASTS,
    )
    await store.add_invite(session, code, row)
    after = {"role": body.role, "uses": body.uses, "geofence_ids": row.geofence_ids}
    await audit.note(session, person, "invite.make", moment, after=after)
    url = f"{parts.settings.url}/app/#/join/{code}"
    return InviteView(
        invite_code=code,
        url=url,
        qr=modules_of(url),
        role=body.role,
        uses_left=body.uses,
        expires_at=row.expires_at,
    )


@router.put("/phone/subscription")
async def subscribe(
    body: Subscription, session: Transaction, parts: ServerParts, moment: Now, person: SignedIn
) -> Subscribed:
    """Remember where the asker's browser is reached."""
    policy = EndpointPolicy(frozenset(parts.settings.push_allowed_origins))
    try:
        address = PhoneAddress.parse(body.endpoint, body.keys.p256dh, body.keys.auth)
        policy.check(address.endpoint)
    except BadAddressError as error:
        raise InvalidError(str(error), code="bad_subscription") from error
    return Subscribed(was_gone=await phones.subscribe(session, person, address, moment))


@router.delete("/phone/subscription", status_code=204)
async def unsubscribe(body: Endpoint, session: Transaction, moment: Now, person: SignedIn) -> None:
    """Forget where the asker's browser was reached."""
    await phones.unsubscribe(session, person, body.endpoint, moment)


async def _check_current(parts: Parts, account: Account, password: str, moment: datetime) -> None:
    async with parts.database.transaction() as session:
        wait_s = await accounts.count_try(session, account.username, moment)
    if wait_s:
        raise TooManyRequestsError("too many wrong passwords; wait a little", retry_after_s=wait_s)
    if not await is_password(password, account.password_hash):
        raise NotAllowedError("the current password is another", code="wrong_password")
    async with parts.database.transaction() as session:
        await accounts.forget_tries(session, account.username)


async def _join(parts: Parts, body: SigningIn, moment: datetime) -> tuple[Person, str]:
    async with parts.database.transaction() as session:
        invite = await store.use_invite(session, body.invite_code or "", moment)
        if invite is None:
            raise NotSignedInError(
                "this invitation is unknown, used up or too old", code="unknown_invite"
            )
        person = await _add_person(session, invite, body, moment)
        return person, await store.sign_in(session, person, moment)


async def _add_person(
    session: AsyncSession, invite: Invite, body: SigningIn, moment: datetime
) -> Person:
    person = Person(
        site_id=invite.site_id,
        name=body.name.strip() or str(invite.role),
        role=invite.role,
        language=body.language,
        joined_at=moment,
    )
    following = sorted(
        await store.geofences_among(session, invite.site_id, invite.geofence_ids)
        if invite.geofence_ids
        else ()
    )
    await store.add_person(session, person, following)
    return person


async def _welcome(session: AsyncSession, person: Person) -> Welcome:
    site = await site_of(session, person.site_id)
    return Welcome(person=PersonView.model_validate(person), site=SiteView.model_validate(site))
