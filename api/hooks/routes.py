"""Other systems that are told of alerts, over HTTP: for administrators."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Now, ServerParts, Transaction, require
from api.hooks import store
from api.hooks.making import NewHook, make_hook
from api.hooks.tables import Hook, HookKind
from api.tables import AlertLevel, Person, Role
from api.text import PlainText
from mobile_push.phone_address import EndpointPolicy

router = APIRouter(tags=["open to others"])
Administrator = Annotated[Person, require(Role.ADMINISTRATOR)]
HookId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class HookBody(BaseModel):
    """A system to be told. Positions are blurred unless `exact`: somebody else will hold them."""

    model_config = ConfigDict(extra="forbid")

    kind: HookKind = HookKind.WEBHOOK
    url: Annotated[PlainText, Field(min_length=1, max_length=1024)]
    from_level: AlertLevel = AlertLevel.WATCH
    exact: bool = False
    token: Annotated[PlainText, Field(min_length=1, max_length=400)] | None = None
    event_type: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")] | None = None


class HookView(BaseModel):
    """A system that is told, and how that goes."""

    id: int
    kind: HookKind
    url: str
    from_level: AlertLevel
    exact: bool
    made_at: datetime
    last_ok_at: datetime | None
    last_error: str | None
    waiting: int


class MadeHook(BaseModel):
    """A new hook; `secret` (of a webhook) signs its messages, and is shown only now."""

    hook: HookView
    secret: str | None


class HookList(BaseModel):
    """Every system that the site tells."""

    hooks: list[HookView]


@router.get("/hooks")
async def list_hooks(session: Transaction, person: Administrator) -> HookList:
    """Return the systems that are told of the site's alerts."""
    rows = await store.hooks_of(session, person.site_id)
    waiting = await store.waiting(session, [row.id for row in rows])
    return HookList(hooks=[_view(row, waiting.get(row.id, 0)) for row in rows])


@router.post("/hooks", status_code=HTTPStatus.CREATED)
async def add_hook(
    body: HookBody, session: Transaction, person: Administrator, parts: ServerParts, now: Now
) -> MadeHook:
    """Tell another system of the site's alerts from now on."""
    new = NewHook(
        site_id=person.site_id,
        kind=body.kind,
        url=body.url,
        from_level=body.from_level,
        is_exact=body.exact,
        token=body.token,
        event_type=body.event_type,
    )
    policy = EndpointPolicy(frozenset(parts.settings.hook_allowed_origins))
    hook, secret = await make_hook(session, new, secret=parts.secret, policy=policy, now=now)
    return MadeHook(hook=_view(hook, 0), secret=secret)


@router.delete("/hooks/{hook_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove_hook(
    hook_id: HookId, session: Transaction, person: Administrator, now: Now
) -> None:
    """Tell a system nothing any more."""
    hook = await store.hook_of(session, person.site_id, hook_id)
    await store.end_hook(session, hook, "removed", now)


def _view(row: Hook, waiting: int) -> HookView:
    return HookView(
        id=row.id,
        kind=HookKind(row.kind),
        url=row.url,
        from_level=AlertLevel(row.from_level),
        exact=row.is_exact,
        made_at=row.made_at,
        last_ok_at=row.last_ok_at,
        last_error=row.last_error,
        waiting=waiting,
    )
