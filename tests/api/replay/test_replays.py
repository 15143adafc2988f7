"""A replay asked for over HTTP, and one by a release on the command line."""

import asyncio
import json
import sys
from pathlib import Path

from typer.testing import CliRunner

from api import migrations
from api.cli import app
from api.database import Database
from api.jobs.kinds import KINDS
from api.jobs.worker import work_once
from api.media.folder import MediaFolder
from api.tables import Detection, Role
from edge_agent.contracts.messages import body_sha256
from tests.api.shell import PICTURE, Shell
from tests.api.tuning.valley import Seen, add_events, add_samples
from tests.api.world import World

REPLAYS = "/api/v1/replays"


async def test_an_operator_sees_what_a_stricter_threshold_would_have_cost(
    world: World, shell: Shell
) -> None:
    await add_events(
        world, world.ridge, [Seen(0.5, 3), Seen(0.55, 4, "elephant"), Seen(0.8, 5, "elephant")]
    )
    await add_samples(world, world.ridge, [0.3])
    wish = {"station_ids": ["ridge"], "settings": {"thresholds": {"night_ir": 0.6}}}

    async with shell.signed_in(Role.OPERATOR) as operator:
        asked = await operator.post(REPLAYS, json=wish)
        assert asked.status_code == 201, asked.text
        wrong = await operator.post(REPLAYS, json=wish | {"settings": {"thresholds": {"x": 1}}})
        assert await work_once(shell.parts, KINDS)
        whole = (await operator.get(f"{REPLAYS}/{asked.json()['id']}")).json()
        (listed,) = (await operator.get(REPLAYS)).json()["replays"]

    assert wrong.status_code == 422
    assert whole["state"] == "done", whole["problem"]
    report = whole["report"]
    assert report["kept"] == 4
    assert report["before"] == {"elephants": 2, "others": 1, "unknown": 0}
    assert report["after"] == {"elephants": 1, "others": 0, "unknown": 0}
    assert [each["is_told"] for each in report["differences"]] == [False, False]
    assert "differences" not in listed["report"]


DETECTOR = """#!{python}
import json, pathlib, sys
_, _, folder, _, model, _, out = sys.argv
score = 0.9 if "new" in model else 0.1
images = [
    {{"file": p.name, "detections": [{{"category": "1", "conf": score, "bbox": [0, 0, 1, 1]}}]}}
    for p in pathlib.Path(folder).iterdir()
]
print("looking", file=sys.stderr)
pathlib.Path(out).write_text(
    json.dumps({{"info": {{}}, "detection_categories": {{"1": "elephant"}}, "images": images}})
)
"""


async def furnish(data: Path, url: str) -> None:
    database = Database(url)
    world = await World.build(database)
    await add_events(world, world.ridge, [Seen(0.5, 0, "elephant")])
    sha256 = body_sha256(PICTURE)
    MediaFolder(data / "media").keep(sha256, PICTURE)
    async with database.transaction() as session:
        (detection,) = await world.rows(Detection)
        (await session.get_one(Detection, detection.id)).media_sha256 = sha256
    await database.close()


def test_a_release_looks_at_kept_pictures_in_a_process_of_its_own(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    url = f"sqlite+aiosqlite:///{data / 'trunkline.db'}"
    migrations.upgrade(url)
    asyncio.run(furnish(data, url))
    detector = tmp_path / "detector"
    detector.write_text(DETECTOR.format(python=sys.executable))
    detector.chmod(0o755)
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        told = f"name = '{name}'\n[thresholds]\nnight_ir = 0.6\n"
        (tmp_path / name / "model.toml").write_text(told)

    command = ["replay", "release", str(tmp_path / "new"), "--against", str(tmp_path / "old")]
    command += ["--site", "valley", "--days", "400", "--data-dir", str(data)]
    found = CliRunner().invoke(app, [*command, "--detector", str(detector)])
    failed = CliRunner().invoke(app, [*command, "--detector", "/bin/false"])

    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert (report["network_before"], report["network_after"]) == ("old", "new")
    assert (report["before"]["elephants"], report["after"]["elephants"]) == (0, 1)
    assert failed.exit_code == 1
    assert "could not look at the pictures" in failed.output
