"""Rows of evidence for thresholds, what it says, and what was changed because of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Digest(Base):
    """An event as thresholds see it: its surest elephant, where that stood, in which light.

    Worked out once from the event's detections, again when the event has grown since.
    """

    __tablename__ = "event_digests"
    __table_args__ = (
        Index("ix_event_digests_place", "site_id", "station_id", "started_at"),
        Index("ix_event_digests_release", "site_id", "release", "lighting"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    deployment_id: Mapped[str] = mapped_column(String(80))
    lighting: Mapped[str] = mapped_column(String(16))
    release: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime] = mapped_column(Moment)
    score: Mapped[float]
    threshold: Mapped[float]
    foot_left: Mapped[float | None]  # the middle of the box's lower edge, fractions of the frame
    foot_top: Mapped[float | None]


class SampleLabel(Base):
    """What a person says of a frame below the threshold; None is unsure."""

    __tablename__ = "sample_labels"

    sample_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    is_elephant: Mapped[bool | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)


class ThresholdReport(Base):
    """What the evidence of one camera in one light said at a moment; see `api/tuning/views.py`."""

    __tablename__ = "threshold_reports"

    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    deployment_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    lighting: Mapped[str] = mapped_column(String(16), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    as_of: Mapped[datetime] = mapped_column(Moment)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ThresholdWork(Base):
    """When a site's reports were asked for and made; a worker looks here."""

    __tablename__ = "threshold_work"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    wanted_at: Mapped[datetime] = mapped_column(Moment)
    began_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    step: Mapped[str] = mapped_column(String(80), default="")
    balance: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    problem: Mapped[str] = mapped_column(Text, default="")


class ThresholdChange(Base):
    """A threshold or a mask that somebody applied, what was promised, and the way back."""

    __tablename__ = "threshold_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    deployment_id: Mapped[str] = mapped_column(String(80))
    lighting: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))  # threshold, mask
    before: Mapped[Any] = mapped_column(JSON)
    after: Mapped[Any] = mapped_column(JSON)
    promised: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)  # of the station's desired config
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Moment)
    reverted_at: Mapped[datetime | None] = mapped_column(Moment)
    reverted_by: Mapped[str | None] = mapped_column(String(200))
