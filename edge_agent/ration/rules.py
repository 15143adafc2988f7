"""Drawing by lot so that everybody knows how likely each draw was. Pure but for the dice.

Every frame of a cell (one lighting, one stratum) has the same chance; the chances of cells differ,
because the many empty frames teach less than the few that were nearly believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Generic, TypeVar

from edge_agent.contracts.messages import Lighting
from edge_agent.contracts.samples import Stratum
from edge_agent.looking import KEEP_SHARE, Look

WINDOW = timedelta(hours=3)
WINDOWS_PER_DAY = timedelta(days=1) // WINDOW

_ORDER = {stratum: place for place, stratum in enumerate(Stratum)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Ticket = TypeVar("Ticket")


@dataclass(frozen=True, slots=True)
class Cell:
    """Frames that are drawn from together."""

    lighting: Lighting
    stratum: Stratum


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a cell are drawn, and the chance that each of its frames had."""

    places: int
    inclusion_probability: float


class Reservoir(Generic[Ticket]):
    """Holds at most `places` of all that it is shown, each with the same chance (algorithm R)."""

    def __init__(self, places: int, dice: Random) -> None:
        self._places = places
        self._dice = dice
        self.shown = 0
        self.held: list[Ticket] = []

    def draw(self) -> int | None:
        """Count one more; return the place that it is to take, None if it goes by.

        What is drawn must be put in that place: a ticket costs time, so nobody makes it before.
        """
        self.shown += 1
        if len(self.held) < self._places:
            return len(self.held)
        place = self._dice.randrange(self.shown)
        return place if place < self._places else None

    def put(self, place: int, ticket: Ticket) -> None:
        """Hold what was drawn for `place`."""
        self.held[place : place + 1] = [ticket]


def cell_of(look: Look) -> Cell:
    """Return where a look without a sure elephant belongs."""
    best = look.best_doubt
    if best >= KEEP_SHARE * look.threshold:
        stratum = Stratum.NEAR
    else:
        stratum = Stratum.LOW if best > 0 else Stratum.EMPTY
    return Cell(Lighting(look.lighting.value), stratum)


def window_began_at(moment: datetime) -> datetime:
    """Return the beginning of the three hours that a moment lies in."""
    return moment - (moment - _EPOCH) % WINDOW


def places_in(window: datetime, per_day: int) -> int:
    """Return how many of a day's ration fall to a window, so that together they are all of it."""
    number = (window - _EPOCH) // WINDOW % WINDOWS_PER_DAY
    return per_day * (number + 1) // WINDOWS_PER_DAY - per_day * number // WINDOWS_PER_DAY


def shares(shown: Mapping[Cell, int], places: int, dice: Random) -> dict[Cell, Share]:
    """Divide places among cells by how many frames each was shown: one each, then in turn.

    What is nearest to the threshold comes first. If there are fewer places than cells, it is drawn
    by lot which cells get one, and that is part of their frames' chance.
    """
    cells = sorted((c for c in shown if shown[c]), key=lambda c: (_ORDER[c.stratum], c.lighting))
    if not cells or places <= 0:
        return {}
    chance = min(1.0, places / len(cells))
    lucky = cells if chance == 1 else dice.sample(cells, places)
    given = dict.fromkeys(lucky, 1)
    left = places - len(lucky)
    while left > 0 and (open_to := [c for c in lucky if given[c] < shown[c]]):
        for cell in open_to[:left]:
            given[cell] += 1
        left -= len(open_to[:left])
    return {c: Share(given[c], chance * given[c] / shown[c]) for c in lucky}
