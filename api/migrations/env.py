"""How Alembic reaches the database; run by Alembic, never imported."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

import api.audit.tables
import api.drills.tables
import api.fleet.tables
import api.herds.tables
import api.imports.tables
import api.individuals.tables
import api.jobs.tables
import api.reach.tables
import api.reports.tables
import api.review.tables
import api.samples.tables
import api.tuning.tables  # noqa: F401 - known to Base from here on
from api.database import Base, Moment
from api.migrations import open_blocking

# Any number that nobody else uses as an advisory lock in this database.
LOCK_NUMBER = 5_474_756_143


def migrate(connection: Connection) -> None:
    """Run the steps in one transaction."""
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=is_sqlite,
        render_item=render_item,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if not is_sqlite:
            # Two servers that start at once: the second waits, and finds nothing to do.
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
        context.run_migrations()


def render_item(kind: str, item: Any, autogenerate_context: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their names."""
    if kind == "type" and isinstance(item, Moment):
        autogenerate_context.imports.add("from api.database import Moment")
        return "Moment()"
    return False


engine = open_blocking(context.config.attributes["url"])
try:
    with engine.connect() as opened:
        migrate(opened)
        opened.commit()
finally:
    engine.dispose()
