import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api.cli import app
from api.migrations import open_blocking
from api.people.sealing import unsealed
from api.secret_files import secret_from
from tests.api.world import square

PLACE = ["--latitude", "21.97", "--longitude", "100.86"]


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"TRUNKLINE_DATA_DIR": str(folder)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fence = {
        "type": "Feature",
        "geometry": square(0, 0),
        "properties": {"name": "Guanping", "kind": "village", "buffer_m": 500, "watch_m": 1500},
    }
    drawn = tmp_path / "fences.geojson"
    drawn.write_text(json.dumps({"type": "FeatureCollection", "features": [fence]}))
    for command in (
        ["site", "add", "valley", *PLACE],
        ["geofence", "add", str(drawn), "--site", "valley"],
        ["station", "add", "ridge", "--site", "valley", *PLACE],
    ):
        done = run(tmp_path, *command)
        assert done.exit_code == 0, done.output
    return tmp_path


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    engine = open_blocking(f"sqlite+aiosqlite:///{folder / 'trunkline.db'}")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def test_a_siren_is_rung_for_its_geofences_from_its_level_on(folder: Path) -> None:
    added = run(folder, "siren", "add", "ridge", "--site", "valley", "--from", "warning")

    assert added.exit_code == 0, added.output
    ((kept, rings_from, followed),) = rows(
        folder,
        "SELECT sealed, rings_from, geofence_id FROM phones"
        " JOIN follows ON follows.person_id = phones.person_id WHERE channel = 'siren'",
    )
    assert isinstance(kept, bytes)
    assert unsealed(secret_from(folder / "server.secret"), "siren", kept) == "valley/ridge"
    assert (rings_from, followed) == ("warning", 1)


def test_a_siren_that_is_added_again_is_still_one_and_can_be_silenced(folder: Path) -> None:
    for level in ("warning", "danger"):
        run(folder, "siren", "add", "ridge", "--site", "valley", "--from", level)
    one = rows(folder, "SELECT rings_from FROM phones WHERE channel = 'siren'")
    removed = run(folder, "siren", "remove", "ridge", "--site", "valley")
    again = run(folder, "siren", "remove", "ridge", "--site", "valley")

    assert one == [("danger",)]
    assert (removed.exit_code, again.exit_code) == (0, 1)
    assert rows(folder, "SELECT id FROM phones WHERE channel = 'siren'") == []


@pytest.mark.parametrize(
    "wrong",
    [
        ["siren", "add", "nowhere", "--site", "valley"],
        ["siren", "add", "ridge", "--site", "valley", "--geofence", "99"],
    ],
)
def test_a_siren_of_nowhere_is_refused_in_words(wrong: list[str], folder: Path) -> None:
    refused = run(folder, *wrong)

    assert refused.exit_code == 1
    assert "no " in refused.output
    assert rows(folder, "SELECT id FROM phones") == []
