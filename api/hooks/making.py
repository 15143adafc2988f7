"""Making a hook: checked before it is kept, so that a wrong address is said at once."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import InvalidError
from api.hooks import store
from api.hooks.rules import new_secret
from api.hooks.tables import Hook, HookKind
from api.hooks.worker import SEAL, check_address
from api.people.sealing import sealed
from api.tables import AlertLevel
from mobile_push.phone_address import BadAddressError, EndpointPolicy

MOST_HOOKS = 50


class NewHook(NamedTuple):
    """A system that is to be told; `token` is the one that it gave us, where it gives one."""

    site_id: str
    kind: HookKind
    url: str
    from_level: AlertLevel
    is_exact: bool
    token: str | None = None
    event_type: str | None = None


async def make_hook(
    session: AsyncSession, new: NewHook, *, secret: bytes, policy: EndpointPolicy, now: datetime
) -> tuple[Hook, str | None]:
    """Keep a hook; return it, and the secret with which its messages are signed, this once.

    Raises:
        InvalidError: this server may not call there, or a token is missing.
    """
    try:
        check_address(policy, new.url)
    except BadAddressError as error:
        raise InvalidError(f"{error}; TRUNKLINE_HOOK_ALLOWED_ORIGINS makes exceptions") from error
    if (new.token is None) == (new.kind is HookKind.EARTHRANGER):
        raise InvalidError("EarthRanger needs its token; a webhook is given its secret by us")
    if len(await store.hooks_of(session, new.site_id)) >= MOST_HOOKS:
        raise InvalidError(f"a site tells {MOST_HOOKS} other systems at most; remove one first")
    key = new.token or new_secret()
    row = Hook(
        site_id=new.site_id,
        kind=new.kind,
        url=new.url,
        sealed=sealed(secret, SEAL, key),
        from_level=new.from_level,
        is_exact=new.is_exact,
        options={"event_type": new.event_type} if new.event_type else {},
        made_at=now,
    )
    return await store.add_hook(session, row), key if new.token is None else None
