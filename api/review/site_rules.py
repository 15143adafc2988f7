"""Rows of how a site comes to a verdict."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.review.rules import DEFAULT_SECOND_SHARE, Consensus
from api.review.tables import ReviewRules


@dataclass(frozen=True, slots=True)
class Agreed:
    """How a site comes to a verdict."""

    second_share: float = DEFAULT_SECOND_SHARE
    consensus: Consensus = Consensus.MAJORITY


async def rules_of(session: AsyncSession, site_id: str) -> Agreed:
    """Return how the site comes to a verdict."""
    row = await session.get(ReviewRules, site_id)
    return Agreed(row.second_share, Consensus(row.consensus)) if row is not None else Agreed()


async def set_rules(session: AsyncSession, site_id: str, agreed: Agreed) -> None:
    """Change how the site comes to a verdict, from the next event and the next label on."""
    values = {"second_share": agreed.second_share, "consensus": agreed.consensus.value}
    added = insert_into(session, ReviewRules).values(site_id=site_id, **values)
    await session.execute(
        added.on_conflict_do_update(index_elements=[ReviewRules.site_id], set_=values)
    )
