"""Rows of the catalogue of individuals."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Individual(Base):
    """One elephant that people know again. Its `digit` assigns it in one key."""

    __tablename__ = "individuals"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(String(80))
    sex: Mapped[str] = mapped_column(String(16))
    life_stage: Mapped[str] = mapped_column(String(16))
    notes: Mapped[str] = mapped_column(Text, default="")
    digit: Mapped[int | None] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(Moment)


class ReferencePicture(Base):
    """A picture by which an individual is known, and where in it the animal is."""

    __tablename__ = "reference_pictures"
    __table_args__ = (UniqueConstraint("individual_id", "detection_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    individual_id: Mapped[int] = mapped_column(ForeignKey("individuals.id"))
    detection_id: Mapped[str] = mapped_column(ForeignKey("detections.id"))
    box: Mapped[list[float] | None] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(Moment)


class IndividualSighting(Base):
    """An individual was in an event: worked out from the labels that stand."""

    __tablename__ = "individual_sightings"

    individual_id: Mapped[int] = mapped_column(ForeignKey("individuals.id"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True, index=True)
