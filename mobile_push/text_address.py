"""An address that is a line of text: a telephone number, a chat service's URL, a siren's name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextAddress:
    """Where a channel of words reaches somebody. Never shown to others, never logged.

    `kept_id` stands for it wherever something has to be said about it.
    """

    text: str
    kept_id: str = ""

    def __repr__(self) -> str:
        return f"TextAddress({self.kept_id or 'hidden'})"
