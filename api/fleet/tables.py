"""Rows of what stations are told to be, and of what they answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class StationConfig(Base):
    """One version of a station's desired config, who wished it, and what became of it."""

    __tablename__ = "station_configs"
    __table_args__ = (UniqueConstraint("station_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    version: Mapped[int] = mapped_column(Integer)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class ReleaseOffer(Base):
    """A signed release that a station was offered, and how far it came there."""

    __tablename__ = "release_offers"
    __table_args__ = (UniqueConstraint("station_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    digest: Mapped[str] = mapped_column(String(64))
    release: Mapped[str] = mapped_column(String(80))
    offer: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    step: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reported_at: Mapped[datetime | None] = mapped_column(Moment)


class StationReport(Base):
    """What a station last said of its config and of its release, each as it came."""

    __tablename__ = "station_reports"

    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    config: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    config_at: Mapped[datetime | None] = mapped_column(Moment)
    update: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    update_at: Mapped[datetime | None] = mapped_column(Moment)


class StationHour(Base):
    """How a station was in an hour, by the first report that came in it; no row: it was silent."""

    __tablename__ = "station_hours"

    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    battery_percent: Mapped[float | None]
    is_charging: Mapped[bool | None]
    temperature_c: Mapped[float | None]
    queue_length: Mapped[int] = mapped_column(Integer, default=0)
    blind: Mapped[dict[str, str]] = mapped_column(JSON)  # deployment: the state it is in
    cameras: Mapped[list[str]] = mapped_column(JSON)  # all deployments it told of
    sharpness: Mapped[dict[str, float]] = mapped_column(JSON)  # by deployment


class Rollout(Base):
    """A change of config for many stations, a few at a time; see `rollout_rules.py`."""

    __tablename__ = "rollouts"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    mode: Mapped[str] = mapped_column(String(16))  # merge, replace
    note: Mapped[str] = mapped_column(Text, default="")
    soak_s: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16), index=True)
    stage: Mapped[int] = mapped_column(Integer, default=0)
    stages: Mapped[int] = mapped_column(Integer)
    stage_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class RolloutStation(Base):
    """One station of a roll-out: its stage, what it had before, and the version it was told."""

    __tablename__ = "rollout_stations"

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollouts.id"), primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    stage: Mapped[int] = mapped_column(Integer)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    blind_before: Mapped[list[str]] = mapped_column(JSON, default=list)
    version: Mapped[int | None] = mapped_column(Integer)
    undone_version: Mapped[int | None] = mapped_column(Integer)
