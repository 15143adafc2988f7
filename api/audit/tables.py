"""Rows of what people changed. The database itself refuses to change or remove them."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment

# By the database's dialect; run once when the table is made, here and in its migration.
ONLY_GROWS = {
    "sqlite": (
        """CREATE TRIGGER audit_keeps_rows BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END""",
        """CREATE TRIGGER audit_loses_none BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$""",
        """CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_only_grows()""",
    ),
}


class AuditEntry(Base):
    """One change: who made it, to what, what it was and what it is since.

    People are in it by their number alone, so that whoever is forgotten is forgotten here too.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_site_id", "site_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # None: command line
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # whom it was done to
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)


for _dialect, _statements in ONLY_GROWS.items():
    for _statement in _statements:
        _trigger = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(AuditEntry.__table__, "after_create", _trigger.execute_if(dialect=_dialect))
