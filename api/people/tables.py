"""Rows of those who sign in with a password, of what programs sign in with, of people's wishes."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Account(Base):
    """The name and password with which a person signs in; whoever was invited needs none."""

    __tablename__ = "accounts"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(Moment)


class SignInTries(Base):
    """How often in a row a name was tried, whether it exists or not."""

    __tablename__ = "sign_in_tries"

    username: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)


class ApiToken(Base):
    """What a program shows instead of a cookie; kept as a hash. It may less than its person."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Wishes(Base):
    """When a person does not want to be rung; danger rings all the same."""

    __tablename__ = "wishes"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    quiet_from_min: Mapped[int | None] = mapped_column(Integer)  # after midnight, at the site
    quiet_until_min: Mapped[int | None] = mapped_column(Integer)
    cooldown_s: Mapped[int] = mapped_column(Integer, default=0)


class SharedCell(Base):
    """Roughly where a person is, if they want that: an H3 cell, for some hours, then nothing."""

    __tablename__ = "shared_cells"
    __table_args__ = (
        Index("ix_shared_cells_site_cell", "site_id", "cell"),
        Index("ix_shared_cells_site_number", "site_id", "number", "person_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    cell: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    number: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # of its sharing


class CellSharings(Base):
    """How often cells were shared at a site: whoever holds them in memory sees what is new."""

    __tablename__ = "cell_sharings"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    newest: Mapped[int] = mapped_column(Integer)
