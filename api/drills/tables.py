"""Rows of drills. Their alerts are those of their herd, which never walked."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Drill(Base):
    """A practice alert that somebody ordered, for one phone, a village or a site."""

    __tablename__ = "drills"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    herd_id: Mapped[int] = mapped_column(ForeignKey("herds.id"), unique=True)
    ordered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # None: on the server
    scope: Mapped[str] = mapped_column(String(16))  # person, village, site
    level: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(Moment)


class DrillPerson(Base):
    """Somebody whom a drill is for, and the alert by which it reaches them."""

    __tablename__ = "drill_people"

    drill_id: Mapped[str] = mapped_column(ForeignKey("drills.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
