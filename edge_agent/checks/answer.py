"""What one check found, in the words of the person who stands before the station."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """With a warning a station may go into the forest; with something wrong it may not."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: about what, how it is, and what to do if it is not well."""

    subject: str
    grade: Grade
    words: str
    advice: str | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether the station must not go out like this."""
        return self.grade is Grade.WRONG


def ok(subject: str, words: str) -> Answer:
    """Say that something is as it should be."""
    return Answer(subject, Grade.OK, words)


def warning(subject: str, words: str, advice: str) -> Answer:
    """Say that something works but will be missed."""
    return Answer(subject, Grade.WARNING, words, advice)


def wrong(subject: str, words: str, advice: str) -> Answer:
    """Say that something does not work."""
    return Answer(subject, Grade.WRONG, words, advice)
