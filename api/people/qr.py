"""An invitation's link as a picture that a phone's camera reads."""

from pathlib import Path
from typing import TextIO

import segno


def print_qr(link: str, out: TextIO) -> None:
    """Draw a link with the characters of a terminal."""
    segno.make(link, error="l", micro=False).terminal(out=out, border=2, compact=True)


def save_qr(link: str, path: Path) -> None:
    """Write a link as a picture (PNG, or SVG by the file's ending), large enough to be printed."""
    segno.make(link, error="m", micro=False).save(str(path), scale=12, border=4)
