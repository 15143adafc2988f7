"""Rows of frames below the threshold."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Sample(Base):
    """One frame in which its station believed no elephant, drawn by lot; see `contracts.samples`.

    It stands for 1 / `inclusion_probability` frames of its station, deployment, lighting and
    stratum since `window_began_at`. `media_sha256` is set only if the picture is kept.
    """

    __tablename__ = "samples"
    __table_args__ = (Index("ix_samples_site_captured", "site_id", "captured_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    deployment_id: Mapped[str] = mapped_column(String(80))
    captured_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    clock: Mapped[str] = mapped_column(String(16))
    lighting: Mapped[str] = mapped_column(String(16))
    release: Mapped[str] = mapped_column(String(80))
    threshold: Mapped[float]
    floor: Mapped[float]
    score: Mapped[float]
    boxes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    stratum: Mapped[str] = mapped_column(String(16))
    window_began_at: Mapped[datetime] = mapped_column(Moment)
    inclusion_probability: Mapped[float]
    media_sha256: Mapped[str | None] = mapped_column(String(64))
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)
