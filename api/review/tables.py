"""Rows of review: labels, which nobody changes, and what is worked out from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Double, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Label(Base):
    """What one reader said of an event, or of one of its frames. Never changed, never removed.

    Taking it back is another row, whose `takes_back` names it. `network` is what the network had
    said of each frame at that moment. Of a person only the number is kept, so that they can be
    forgotten; `said_by` names a reader who came with an import.
    """

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)  # made by the asker: a repeat is one
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    detection_id: Mapped[str | None] = mapped_column(ForeignKey("detections.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    said_by: Mapped[str | None] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Moment)
    takes_back: Mapped[int | None] = mapped_column(ForeignKey("labels.id"), unique=True)
    decision: Mapped[str | None] = mapped_column(String(16))
    settles: Mapped[bool] = mapped_column(Boolean, default=False)
    count: Mapped[int | None] = mapped_column(Integer)
    groups: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    behaviour: Mapped[str] = mapped_column(Text, default="")
    individuals: Mapped[list[int]] = mapped_column(JSON, default=list)
    boxes: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)  # null: the network's hold
    network: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class Reading(Base):
    """What one reader holds of one event now: worked out from the labels that stand."""

    __tablename__ = "readings"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True)
    reader: Mapped[str] = mapped_column(String(220), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("labels.id"))
    decision: Mapped[str] = mapped_column(String(16))
    count: Mapped[int | None] = mapped_column(Integer)
    settles: Mapped[bool] = mapped_column(Boolean, default=False)
    made_at: Mapped[datetime] = mapped_column(Moment)


class EventReview(Base):
    """Where an event is on its way through review, and why it is worth looking at."""

    __tablename__ = "event_reviews"
    __table_args__ = (
        Index("ix_event_reviews_teaching", "site_id", "state", "simulated", "priority"),
        Index("ix_event_reviews_time", "site_id", "state", "simulated", "started_at"),
        Index("ix_event_reviews_camera", "station_id", "deployment_id"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    deployment_id: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Moment)
    simulated: Mapped[bool] = mapped_column(Boolean)
    lighting: Mapped[str] = mapped_column(String(16))
    doubt: Mapped[float] = mapped_column(Double)
    is_new_camera: Mapped[bool] = mapped_column(Boolean)
    is_new_night: Mapped[bool] = mapped_column(Boolean)
    priority: Mapped[float] = mapped_column(Double)
    readers: Mapped[int] = mapped_column(Integer, default=0)
    readers_wanted: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str | None] = mapped_column(String(16))
    count: Mapped[int | None] = mapped_column(Integer)


class ReviewRules(Base):
    """How a site comes to a verdict; a site without a row has the defaults."""

    __tablename__ = "review_rules"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    second_share: Mapped[float] = mapped_column(Double)
    consensus: Mapped[str] = mapped_column(String(16))
