"""Has the tools that define formats read a reviewed night's exports, as far as they are installed.

`python -m tests.api.exports.judges FOLDER` writes the exports there; then, with any Python that has
ultralytics, pycocotools or megadetector, `python tests/api/exports/judges.py FOLDER read` prints
one JSON object: what each found, or that it is not installed here. These are hundreds of megabytes,
and no part of the test suite.
"""

import asyncio
import json
import sys
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


async def write(folder: Path) -> None:
    """Review a night, and unpack each of its exports below the folder."""
    from api.database import Database
    from tests.api.exports import night
    from tests.api.shell import a_shell
    from tests.api.world import World, with_tables

    database = Database(f"sqlite+aiosqlite:///{folder / 'server.db'}")
    world = await World.build(await with_tables(database))
    parts = a_shell(database, folder / "server").parts
    li = await night.reviewed_night(world, parts)
    for format_ in ("coco", "coco_camera_traps", "yolo", "megadetector", "camtrap_dp"):
        with zipfile.ZipFile(await night.exported(parts, li, format_)) as package:
            package.extractall(folder / format_)
    await database.close()


def read(folder: Path) -> dict[str, Any]:
    """Ask every judge that is here."""
    judges: dict[str, tuple[str, Callable[[Any, Path], Any]]] = {
        "coco": ("pycocotools.coco", _coco),
        "yolo": ("ultralytics.data.utils", _yolo),
        "megadetector": ("megadetector.postprocessing.validate_batch_results", _megadetector),
    }
    found: dict[str, Any] = {}
    for name, (module, judge) in judges.items():
        try:
            tool = import_module(module)
        except ImportError as error:
            found[name] = f"not installed here: {error}"
        else:
            found[name] = judge(tool, folder / name)
    return found


def _coco(tool: Any, folder: Path) -> dict[str, Any]:
    coco = tool.COCO(str(folder / "annotations.json"))
    boxes = [one["bbox"] for one in coco.loadAnns(coco.getAnnIds())]
    return {"images": len(coco.getImgIds()), "boxes": boxes}


def _yolo(tool: Any, folder: Path) -> dict[str, Any]:
    checked = tool.check_det_dataset(str(folder / "data.yaml"), autodownload=False)
    found: dict[str, Any] = {"names": checked["names"]}
    for split in ("train", "val"):
        pictures = sorted(Path(checked[split]).glob("*"))
        for picture in pictures:
            label = picture.parents[1] / "labels" / f"{picture.stem}.txt"
            judged = tool.verify_image_label(
                (str(picture), str(label), "", False, len(checked["names"]), 0, 0, False)
            )
            missing, _, _, corrupt, message = judged[5:]
            if judged[0] is None or missing or corrupt:
                found.setdefault("problems", []).append(message or str(picture))
        found[split] = len(pictures)
    return found


def _megadetector(tool: Any, folder: Path) -> dict[str, Any]:
    options = tool.ValidateBatchResultsOptions()
    options.check_image_existence = True
    options.relative_path_base = str(folder)
    judged = tool.validate_batch_results(str(folder / "detections.json"), options)
    return {name: judged["validation_results"][name] for name in ("errors", "warnings")}


if __name__ == "__main__":
    where = Path(sys.argv[1])
    if sys.argv[2:] == ["read"]:
        print(json.dumps(read(where)))
    elif where.exists():
        sys.exit(f"{where} is there already: name a folder that is not")
    else:
        where.mkdir(parents=True)
        asyncio.run(write(where))
