"""Rows of escalation: whom to ring, and how, when nobody answers."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class EscalationStep(Base):
    """One step of a chain: so long after an unanswered alarm, ring these people by these ways."""

    __tablename__ = "escalation_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    geofence_id: Mapped[int | None] = mapped_column(ForeignKey("geofences.id"))  # None: all
    from_level: Mapped[str] = mapped_column(String(16))
    after_s: Mapped[int] = mapped_column(Integer)
    role: Mapped[str | None] = mapped_column(String(16))  # everybody in it at the site
    person_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    channels: Mapped[list[str]] = mapped_column(JSON, default=list)  # none: every one they have


class Escalation(Base):
    """An alarm that nobody has answered yet, and when the next people are rung."""

    __tablename__ = "escalations"

    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(16), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    began_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)  # then it is no news any more
    waited_s: Mapped[int] = mapped_column(Integer, default=-1)  # steps up to here are done
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)  # None: over
    ended_because: Mapped[str | None] = mapped_column(String(32))
