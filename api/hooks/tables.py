"""Who else is told of alerts, and what they are still to be told."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class HookKind(StrEnum):
    """In which way a system is told."""

    WEBHOOK = "webhook"
    EARTHRANGER = "earthranger"


class MessageState(StrEnum):
    """Where a message on its way to another system is."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"  # given up


class Hook(Base):
    """A system that is told of a site's alerts. Its secret is sealed with the server's."""

    __tablename__ = "hooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    kind: Mapped[HookKind] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    from_level: Mapped[str] = mapped_column(String(16))
    is_exact: Mapped[bool] = mapped_column(Boolean)  # positions; else blurred as for a villager
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    told_number: Mapped[int] = mapped_column(Integer)  # of the site's ledger: read up to here
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)  # removed, or its address is gone
    last_ok_at: Mapped[datetime | None] = mapped_column(Moment)
    last_error: Mapped[str | None] = mapped_column(String(300))


class HookMessage(Base):
    """One turn of an alert, to one system. A row before it is a request."""

    __tablename__ = "hook_messages"
    __table_args__ = (
        UniqueConstraint("hook_id", "number"),
        Index("ix_hook_messages_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hook_id: Mapped[int] = mapped_column(ForeignKey("hooks.id"))
    number: Mapped[int | None] = mapped_column(Integer)  # of the ledger; none: a test
    alert_id: Mapped[str] = mapped_column(String(36))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[MessageState] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    remote_id: Mapped[str | None] = mapped_column(String(80))  # what it is called over there
    detail: Mapped[str | None] = mapped_column(String(300))
