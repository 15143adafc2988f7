"""The demo's stations as configs: what each camera plays, written as an operator would write it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
VIDEOS = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v"})


class FootageError(ValueError):
    """The footage that a person gave cannot be played."""


@dataclass(frozen=True, slots=True)
class Camera:
    """One `[[cameras]]` table of a station's config."""

    deployment_id: str
    kind: str
    path: Path
    options: tuple[tuple[str, object], ...] = ()


def drill_camera(
    station_id: str, drill: Path, sequences: Sequence[str], *, speed: float, start_after_s: float
) -> Camera:
    """Return a camera that replays rendered sequences."""
    options = (
        ("sequences", list(sequences)),
        ("speed", speed),
        ("start_after_s", start_after_s),
    )
    return Camera(f"{station_id}-1", "simulated", drill, options)


def cameras_for_footage(
    path: Path, station_ids: Sequence[str], folder: Path
) -> dict[str, list[Camera]]:
    """Deal a person's pictures and videos out to the stations, in order.

    Pictures are linked, not copied. Neighbours stay together, so that bursts stay bursts.

    Raises:
        FootageError: nothing there that can be played.
    """
    pictures, videos = _find(path)
    if not pictures and not videos:
        raise FootageError(f"no pictures or videos in {path}")
    cameras: dict[str, list[Camera]] = {station_id: [] for station_id in station_ids}
    for number, video in enumerate(videos):
        station_id = station_ids[number % len(station_ids)]
        name = f"{station_id}-{len(cameras[station_id]) + 1}"
        cameras[station_id].append(Camera(name, "video", video))
    share = -(-len(pictures) // len(station_ids))
    for number, station_id in enumerate(station_ids):
        mine = pictures[number * share : (number + 1) * share]
        if mine:
            name = f"{station_id}-{len(cameras[station_id]) + 1}"
            linked = _link(mine, folder / station_id)
            cameras[station_id].append(Camera(name, "folder", linked))
    return {station_id: mine for station_id, mine in cameras.items() if mine}


def config_text(
    *,
    site_id: str,
    station_id: str,
    key: bytes,
    broker_port: int,
    release: str,
    cameras: Sequence[Camera],
) -> str:
    """Write a station's config. Relative paths in it are relative to the config's own folder."""
    lines = [
        f"site_id = {json.dumps(site_id)}",
        f"station_id = {json.dumps(station_id)}",
        f"key = {json.dumps(key.hex())}",
        f"state_dir = {json.dumps(f'state/{station_id}')}",
        "simulated = true  # a drill never rings as a real alert",
        "exit_when_done = true",
        "",
        "[broker]",
        'host = "127.0.0.1"',
        f"port = {broker_port}",
        "",
        "[model]",
        f"release = {json.dumps(release)}",
        "threads = 1",
    ]
    for camera in cameras:
        lines += ["", "[[cameras]]", f"deployment_id = {json.dumps(camera.deployment_id)}"]
        lines += [f"kind = {json.dumps(camera.kind)}", f"path = {json.dumps(str(camera.path))}"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in camera.options]
    return "\n".join(lines) + "\n"


def _find(path: Path) -> tuple[list[Path], list[Path]]:
    if not path.exists():
        raise FootageError(f"{path} does not exist")
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    pictures = [p.resolve() for p in files if p.suffix.lower() in PICTURES]
    videos = [p.resolve() for p in files if p.suffix.lower() in VIDEOS]
    return pictures, videos


def _link(pictures: Sequence[Path], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures):
        # Numbered, because two folders may hold pictures of the same name.
        (folder / f"{number:06d}-{picture.name}").symlink_to(picture)
    return folder.resolve()
