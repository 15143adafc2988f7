"""Rows of what people reported."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Report(Base):
    """One sighting by a person; its id, made on the phone, is its detection's as well."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_site_seen", "site_id", "seen_at"),
        Index("ix_reports_person_received", "person_id", "received_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    latitude: Mapped[float]
    longitude: Mapped[float]
    uncertainty_m: Mapped[float]
    positioned: Mapped[str] = mapped_column(String(8))  # gps, or tapped on the map
    count: Mapped[int] = mapped_column(Integer)
    heading: Mapped[str | None] = mapped_column(String(2))  # n, ne, e, …
    media_sha256: Mapped[str | None] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(Moment)  # by the server's clock
    received_at: Mapped[datetime] = mapped_column(Moment)
    believed_at: Mapped[datetime | None] = mapped_column(Moment)  # since then it rings in full
    believed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
