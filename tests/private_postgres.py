"""A PostgreSQL of our own for the tests; the bench starts the same."""

from api.bench.private_postgres import PrivatePostgres, new_database, newest_bin

__all__ = ["PrivatePostgres", "new_database", "newest_bin"]
