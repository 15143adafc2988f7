import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.migrations import upgrade


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_bench_says_what_the_story_costs_beside_its_floor(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    options = ["bench", "--quick", "--detections", "100", "--json", str(tmp_path / "figures.json")]
    if kind == "postgres":
        options += ["--database-url", request.getfixturevalue("postgres_url")]

    ended = CliRunner().invoke(app, options)

    assert ended.exit_code == 0, ended.output
    *_, last = ended.stdout.splitlines()
    assert last == (tmp_path / "figures.json").read_text().strip()
    ingest = json.loads(last)["ingest"]
    assert ingest["detections"] == 100
    assert ingest["story"]["cpu_ms_each"] > ingest["floor"]["cpu_ms_each"] > 0
    assert json.loads(last)["geofence_ms"]["p99"] > 0
    assert 0 < json.loads(last)["push"]["of_floor"] < 1
    assert json.loads(last)["geofence_ms"]["phone_cells"]["found"] > 0
    assert json.loads(last)["push"]["hand_over"]["phones"] == 200
    memory = json.loads(last)["memory_mb"]
    assert len(memory["days"]) == 7
    assert memory["pushes"] > 0
    assert 50 < memory["days"][0] <= memory["most"] + 1  # the kernel counts a little later
    # Each statement is a way to the database and back: no more of them unnoticed.
    assert ingest["floor"]["statements_each"] < ingest["story"]["statements_each"] < 4


def test_a_bench_touches_no_database_in_use(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'used.db'}"
    upgrade(url)

    ended = CliRunner().invoke(app, ["bench", "--database-url", url])

    assert ended.exit_code == 1
    assert "wants an empty one" in ended.stderr
