"""What waits to be chained."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class WaitingNote(Base):
    """A note that was left without the site's lock; whoever appends next chains it before theirs.

    Phones say that they were rung, all at once; none of them waits for a batch of sightings.
    """

    __tablename__ = "ledger_waiting"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    alert_id: Mapped[str] = mapped_column(String(36))
    step: Mapped[str] = mapped_column(String(16))
    facts: Mapped[str] = mapped_column(Text)  # canonical JSON
    at: Mapped[datetime] = mapped_column(Moment)
