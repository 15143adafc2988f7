"""The docs name what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from api.cli import app as server
from detector.cli import app as detector
from edge_agent.cli import app as station

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "datasets/README.md"]
TEXT = "\n".join(page.read_text() for page in PAGES)
TARGETS = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def commands(name: str, app: typer.Typer) -> Iterator[str]:
    """Every command that a person can type, groups taken apart."""
    for command, found in get_command(app).commands.items():  # type: ignore[attr-defined]
        if hasattr(found, "commands"):
            yield from (f"{name} {command} {below}" for below in found.commands)
        else:
            yield f"{name} {command}"


COMMANDS = [
    *commands("trunkline-server", server),
    *commands("trunkline-station", station),
    *commands("trunkline-detector", detector),
]


@pytest.mark.parametrize("target", TARGETS)
def test_each_make_target_is_explained_somewhere(target: str) -> None:
    assert f"make {target}" in TEXT


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_explained_somewhere(command: str) -> None:
    assert command in TEXT


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_leads_nowhere(page: Path) -> None:
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]

    assert missing == []
