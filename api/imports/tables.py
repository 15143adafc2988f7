"""Rows of what came from elsewhere."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base


class ImportedFrame(Base):
    """Where a detection came from that no station of ours told: its file and name there."""

    __tablename__ = "imported_frames"

    detection_id: Mapped[str] = mapped_column(ForeignKey("detections.id"), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    file: Mapped[str] = mapped_column(Text)
    foreign_id: Mapped[str] = mapped_column(String(300))  # its mediaID in Camtrap DP
