"""What changed about geofences, for the audit log: each by itself, and only what differs."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.store import note
from api.geofences.store import of_site
from api.tables import Person

_FIELDS = ("name", "kind", "buffer_m", "watch_m", "confidence", "schedule", "area")

Drawn = dict[int, dict[str, Any]]


async def drawn(session: AsyncSession, site_id: str) -> Drawn:
    """Return the site's geofences as they are now, by number."""
    return {
        row.id: {name: getattr(row, name) for name in _FIELDS}
        for row in await of_site(session, site_id)
    }


async def note_drawn(
    session: AsyncSession, who: Person | str, before: Drawn, now: datetime
) -> None:
    """Note each geofence that is not as it was before; `who` as in `api.audit.store.note`."""
    site_id = who if isinstance(who, str) else who.site_id
    after = await drawn(session, site_id)
    for number in sorted(before.keys() | after.keys()):
        was, is_now = before.get(number), after.get(number)
        if was == is_now:
            continue
        verb = "draw" if was is None else "remove" if is_now is None else "change"
        differs = [
            name for name in _FIELDS if was is None or is_now is None or was[name] != is_now[name]
        ]
        await note(
            session,
            who,
            f"geofence.{verb}",
            now,
            subject=str((is_now or was or {})["name"]),
            before=None if was is None else {name: was[name] for name in differs},
            after=None if is_now is None else {name: is_now[name] for name in differs},
        )
