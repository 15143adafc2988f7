"""Text and numbers that every database can keep, for what comes from outside."""

from typing import Annotated

from pydantic import AfterValidator

LARGEST_ID = 2**31 - 1  # PostgreSQL's integer


def _storable(text: str) -> str:
    # PostgreSQL refuses NUL; a lone half of a surrogate pair has no bytes at all.
    if "\x00" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)):
        raise ValueError("this text has characters that cannot be kept")
    return text


PlainText = Annotated[str, AfterValidator(_storable)]
