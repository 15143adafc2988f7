import asyncio
import gzip
import tarfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api.backup.archive import unpacked
from api.backup.columns import KINDS, kind_of, line_of, row_of, tables
from api.backup.copying import open_reading
from api.cli import app
from api.database import Base, Database
from api.errors import InvalidError
from api.ledger.signing import LedgerKey
from api.media.folder import MediaFolder
from api.migrations import open_blocking, upgrade
from api.tables import Site, Station
from edge_agent.contracts.messages import body_sha256
from tests.api.shell import PICTURE
from tests.api.world import World, a_message

MOMENTS = st.datetimes(timezones=st.just(UTC))


@dataclass(frozen=True)
class Place:
    """A server's data folder and its database."""

    folder: Path
    url: str

    def run(self, *arguments: str) -> Result:
        environment = {"TRUNKLINE_DATA_DIR": str(self.folder), "TRUNKLINE_DATABASE_URL": self.url}
        return CliRunner().invoke(app, list(arguments), env=environment)

    def rows(self) -> dict[str, list[Any]]:
        """Everything in the database, by the types of the code."""
        engine = open_blocking(self.url)
        with engine.connect() as connection:
            found = {
                table.name: [
                    tuple(row)
                    for row in connection.execute(
                        table.select().order_by(*table.primary_key.columns)
                    )
                ]
                for table in Base.metadata.sorted_tables
            }
        engine.dispose()
        return found


def a_place(folder: Path, name: str) -> Place:
    return Place(folder / name, f"sqlite+aiosqlite:///{folder / name}.db")


async def _furnish(url: str) -> None:
    database = Database(url)
    world = await World.build(database)
    await world.tell(world.ridge, a_message("elephant", "elephant"))
    await database.close()


@pytest.fixture
def lived_in(tmp_path: Path) -> Place:
    """A server that has warned somebody, with a picture and its secrets."""
    place = a_place(tmp_path, "old")
    upgrade(place.url)
    asyncio.run(_furnish(place.url))
    place.folder.mkdir()
    LedgerKey.load_or_create(place.folder)
    MediaFolder(place.folder / "media").keep(body_sha256(PICTURE), PICTURE)
    return place


def backed_up(place: Place, tmp_path: Path) -> Path:
    file = tmp_path / "all.tar.gz"
    ended = place.run("backup", str(file))
    assert ended.exit_code == 0, ended.output
    return file


def test_a_new_server_goes_on_where_the_old_one_was(lived_in: Place, tmp_path: Path) -> None:
    file = backed_up(lived_in, tmp_path)
    new = a_place(tmp_path, "new")

    ended = new.run("restore", str(file))

    assert ended.exit_code == 0, ended.output
    assert new.rows() == lived_in.rows()
    assert new.rows()["ledger"] != []
    assert LedgerKey.load_or_create(new.folder) is not None
    assert (new.folder / "ledger.secret").read_bytes() == (
        lived_in.folder / "ledger.secret"
    ).read_bytes()
    assert MediaFolder(new.folder / "media").path_of(body_sha256(PICTURE)).read_bytes() == PICTURE
    assert file.stat().st_mode & 0o077 == 0
    assert "2 entries hold" in new.run("ledger", "verify").stdout


@pytest.mark.postgres
def test_a_valley_moves_from_one_machine_to_postgresql_and_back(
    lived_in: Place, tmp_path: Path, postgres_url: str
) -> None:
    large = Place(tmp_path / "large", postgres_url)
    assert large.run("restore", str(backed_up(lived_in, tmp_path))).exit_code == 0
    assert large.rows() == lived_in.rows()

    asyncio.run(_one_more_station(postgres_url))  # its number must be free

    back = a_place(tmp_path, "back")
    ended = large.run("backup", str(tmp_path))
    (file,) = tmp_path.glob("trunkline-*.tar.gz")
    assert ended.exit_code == 0, ended.output
    assert back.run("restore", str(file)).exit_code == 0
    assert back.rows() == large.rows()


async def _one_more_station(url: str) -> None:
    database = Database(url)
    async with database.transaction() as session:
        known = await session.get_one(Station, 1)
        values = {c.name: getattr(known, c.name) for c in Station.__table__.columns}
        session.add(Station(**values | {"id": None, "name_id": "another"}))
    await database.close()


def test_the_server_goes_on_writing_while_a_backup_is_read(lived_in: Place) -> None:
    engine, writing = open_reading(lived_in.url), open_blocking(lived_in.url)
    with engine.connect() as reader:
        before = reader.execute(text("SELECT count(*) FROM sites")).scalar_one()
        with writing.begin() as writer:
            writer.execute(text("INSERT INTO sites SELECT 'b', name, 1, 1, 'UTC', 0 FROM sites"))
        after = reader.execute(text("SELECT count(*) FROM sites")).scalar_one()
    engine.dispose()
    writing.dispose()

    assert (before, after) == (1, 1)


def test_what_is_there_is_never_written_over(lived_in: Place, tmp_path: Path) -> None:
    file = backed_up(lived_in, tmp_path)
    before = lived_in.rows()

    same = lived_in.run("restore", str(file))
    other = a_place(tmp_path, "other")
    other.folder.mkdir()
    LedgerKey.load_or_create(other.folder)
    foreign = other.run("restore", str(file))

    assert "that database is not empty" in same.stderr
    assert "has a ledger.secret of its own" in foreign.stderr
    assert (same.exit_code, foreign.exit_code) == (1, 1)
    assert lived_in.rows() == before


@pytest.mark.parametrize("how", ["cut", "flipped", "no backup"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    how: str, lived_in: Place, tmp_path: Path
) -> None:
    file = backed_up(lived_in, tmp_path)
    content = bytearray(file.read_bytes())
    if how == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif how == "flipped":
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)
    else:
        file.write_bytes(b"something else")
    new = a_place(tmp_path, "new")

    ended = new.run("restore", str(file))

    assert ended.exit_code == 1
    assert "backup" in ended.stderr
    assert not Path(new.url.removeprefix("sqlite+aiosqlite:///")).exists()


def test_no_damaged_byte_is_read_wherever_it_is(lived_in: Place, tmp_path: Path) -> None:
    whole = backed_up(lived_in, tmp_path).read_bytes()
    damaged = tmp_path / "damaged.tar.gz"

    for share in range(1, 100):
        damaged.write_bytes(damaged_from(whole, len(whole) * share // 100))
        with pytest.raises(InvalidError, match="backup"), unpacked(damaged):
            pass


def damaged_from(whole: bytes, at: int) -> bytes:
    """Turn over the first byte from there on that means something.

    Deflate tells a run of noughts as "as so far back", and any way back among them is the same.
    """
    content = bytearray(whole)
    content[at] ^= 0xFF
    with suppress(zlib.error, OSError, EOFError):
        if gzip.decompress(content) == gzip.decompress(whole):
            return damaged_from(whole, at + 1)
    return bytes(content)


def test_a_backup_that_failed_half_way_leaves_no_file(lived_in: Place, tmp_path: Path) -> None:
    (lived_in.folder / "media" / "zz").mkdir()
    (lived_in.folder / "media" / "zz" / "dangling").symlink_to("/proc/self/mem")
    file = tmp_path / "all.tar.gz"

    ended = lived_in.run("backup", str(file))

    assert ended.exit_code == 1
    assert not file.exists()
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_a_member_that_would_be_written_elsewhere_is_refused(tmp_path: Path) -> None:
    evil, target = tmp_path / "evil.tar.gz", tmp_path / "target"
    target.mkdir()
    with tarfile.open(evil, "w:gz") as tar:
        tar.add(__file__, arcname="../target/evil.py")

    with pytest.raises(InvalidError, match="is no whole backup"), unpacked(evil):
        pass
    assert list(target.iterdir()) == []


def test_a_backup_of_a_newer_version_is_refused_with_its_reason(
    lived_in: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.migrations.newest", lambda: "9999")
    monkeypatch.setattr("api.server.migrations.newest", lambda: "9999")
    file = backed_up(lived_in, tmp_path)
    monkeypatch.undo()

    ended = a_place(tmp_path, "new").run("restore", str(file))

    assert "which this version does not know" in ended.stderr


def test_every_column_of_ours_can_be_kept() -> None:
    assert {kind_of(column) for table in tables() for column in table.columns} <= set(KINDS)
    assert Site.__tablename__ in {table.name for table in tables()}


@given(
    st.tuples(
        MOMENTS | st.none(),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5),
        st.binary() | st.none(),
        st.booleans(),
        st.integers(-(2**62), 2**62),
        st.floats(allow_nan=False),
        st.text() | st.none(),
    )
)
def test_a_row_comes_back_as_it_was(row: tuple[Any, ...]) -> None:
    kinds = ["moment", "json", "bytes", "yes or no", "whole", "number", "text"]

    line = line_of(row, kinds)

    assert "\n" not in line
    assert tuple(row_of(line, dict(zip("abcdefg", kinds, strict=True))).values()) == row
