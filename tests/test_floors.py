"""Imports follow the flow: camera, detector, station, server, phone."""

import sys
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]


def test_nobody_imports_against_the_flow(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)

    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


def test_folders_of_files_are_no_packages() -> None:
    # A package called `datasets` would hide another well-known one.
    packages = [*ROOT.glob("models/**/__init__.py"), *ROOT.glob("datasets/**/__init__.py")]

    assert packages == []


def test_the_wire_needs_nothing_but_pydantic() -> None:
    import subprocess

    names = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, edge_agent.contracts.messages, edge_agent.contracts.topics, "
            "edge_agent.contracts.seal, edge_agent.contracts.ids; print(' '.join(sys.modules))",
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout.split()

    heavy = {"numpy", "cv2", "onnxruntime", "paho", "sqlalchemy", "fastapi", "aiohttp", "detector"}
    assert heavy.isdisjoint(names)
