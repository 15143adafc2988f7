from collections.abc import Iterable

from api.ledger.rules import START, Break, Entry, Head, break_at


def first_break(site_id: str, entries: Iterable[Entry], head: Head = START) -> Break | None:
    """Where these entries, which should follow the head, first do not."""
    for entry in entries:
        found = break_at(site_id, head, entry)
        if found is not None:
            return found
        head = entry.head
    return None
