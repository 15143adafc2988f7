"""Whom a server may reach at all. One in test mode reaches an allow-list and nobody else."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Reach:
    """`only` holds addresses, origins of URLs, and `site:` with an id; None: everybody."""

    only: frozenset[str] | None = None

    def allows(self, site_id: str, address: str) -> bool:
        """Whether a delivery may go out."""
        if self.only is None:
            return True
        known = {address, f"site:{site_id}"}
        parts = urlsplit(address)
        if parts.netloc:
            known.add(f"{parts.scheme}://{parts.netloc}")
        return not known.isdisjoint(self.only)


EVERYBODY = Reach()
