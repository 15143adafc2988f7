"""Rows of what open apps showed: the live stream has no deliveries, but it reaches people too."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Glance(Base):
    """A person's open app has shown an alert to them, and they opened it."""

    __tablename__ = "glances"

    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    shown_at: Mapped[datetime] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
