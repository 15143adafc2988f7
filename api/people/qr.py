"""An invitation's link as a picture that a phone's camera reads."""

from pathlib import Path
from typing import TextIO

import segno


def print_qr(link: str, out: TextIO) -> None:
    """Draw a link with the characters of a terminal."""
    segno.make(link, error="l", micro=False).terminal(out=out, border=2, compact=True)


def modules_of(link: str) -> list[str]:
    """Return a link as rows of dark (1) and light (0) squares, without the light frame around."""
    matrix = segno.make(link, error="m", micro=False).matrix
    return ["".join("1" if module else "0" for module in row) for row in matrix]


def save_qr(link: str, path: Path) -> None:
    """Write a link as a picture (PNG, or SVG by the file's ending), large enough to be printed."""
    segno.make(link, error="m", micro=False).save(str(path), scale=12, border=4)
