"""The tables of an outbox file, and how an older file becomes a newer one."""

import sqlite3

VERSION = 2

# `number` grows with each keeping, so a revised sighting becomes the newest again. The body comes
# last, or SQLite would read through thirty pages of picture to reach what stands behind it.
_LETTERS = """
CREATE TABLE letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    kept_at TEXT NOT NULL,
    seen_at REAL NOT NULL,
    boot TEXT NOT NULL,
    kept_s REAL NOT NULL,
    owner TEXT,
    stored_at TEXT,
    refused_because TEXT,
    body BLOB NOT NULL,
    UNIQUE (kind, id)
)
"""
_OTHERS = (
    """
    CREATE INDEX IF NOT EXISTS letters_by_sight ON letters (kind, seen_at, number)
    WHERE refused_because IS NULL AND stored_at IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS letters_waiting_2 ON letters (number, kind)
    WHERE refused_because IS NULL AND stored_at IS NULL
    """,
    "CREATE INDEX IF NOT EXISTS letters_stored ON letters (number) WHERE stored_at IS NOT NULL",
    """
    CREATE INDEX IF NOT EXISTS letters_refused ON letters (number)
    WHERE refused_because IS NOT NULL
    """,
    "CREATE INDEX IF NOT EXISTS letters_owner ON letters (owner) WHERE owner IS NOT NULL",
    """
    CREATE TABLE IF NOT EXISTS looked_at (
        deployment_id TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (deployment_id, name)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID",
)
_FROM_VERSION_1 = """
INSERT INTO letters
    (number, kind, id, revision, kept_at, seen_at, boot, kept_s, refused_because, body)
SELECT number, kind, id, revision, kept_at, coalesce(strftime('%s', kept_at), 0), '', 0,
    refused_because, body
FROM letters_1
"""


def prepare(database: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an older version up to date; all or nothing."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version >= VERSION:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        is_old = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'letters'").fetchone()
        if is_old:
            database.execute("ALTER TABLE letters RENAME TO letters_1")
            database.execute("DROP INDEX IF EXISTS letters_waiting")
        database.execute(_LETTERS)
        if is_old:
            database.execute(_FROM_VERSION_1)
            database.execute("DROP TABLE letters_1")
        for statement in _OTHERS:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
