"""What people have put right about herds."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class HerdCorrection(Base):
    """Somebody said that two herds are one, or that one is two; the other may be gone since."""

    __tablename__ = "herd_corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(16))  # merged, split
    herd_id: Mapped[int]  # the herd that stayed
    other_id: Mapped[int]  # the herd that went into it, or came out of it
    event_ids: Mapped[list[int]] = mapped_column(JSON)  # those that changed herds
