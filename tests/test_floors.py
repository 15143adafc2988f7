"""Imports follow the flow: camera, detector, station, server, phone."""

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]


def test_nobody_imports_against_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


def test_folders_of_files_are_no_packages() -> None:
    # A package called `datasets` would hide another well-known one.
    packages = [*ROOT.glob("models/**/__init__.py"), *ROOT.glob("datasets/**/__init__.py")]

    assert packages == []


def test_the_wire_needs_nothing_but_pydantic() -> None:
    modules = ("messages", "topics", "seal", "ids")
    imports = ", ".join(f"edge_agent.contracts.{module}" for module in modules)
    program = f"import sys, {imports}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )

    heavy = {"numpy", "cv2", "onnxruntime", "paho", "sqlalchemy", "fastapi", "aiohttp", "detector"}
    assert heavy.isdisjoint(done.stdout.split())
