"""What waits to be chained, and what was signed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
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


class LedgerSignature(Base):
    """The server's signature under the end of a site's chain; see `signing.py`."""

    __tablename__ = "ledger_signatures"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    signed_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(64))
    root: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))
