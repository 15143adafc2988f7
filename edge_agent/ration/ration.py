"""One camera's daily ration of samples: some of each three hours, of every light, drawn by lot.

Kept in memory until the window is over, because only then is known what each was drawn from. A
power cut forgets at most three hours of them: they are the least that a station has to lose.
"""

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from pydantic import BaseModel, ConfigDict, ValidationError

from edge_agent.clock import clock_state
from edge_agent.contracts.configuration import Spending
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import MAX_ANIMALS
from edge_agent.contracts.samples import SampleMessage
from edge_agent.durable import write_durably
from edge_agent.evidence import MAX_BYTES, NoEvidenceError, evidence_of
from edge_agent.looking import SEEN_FROM, Look
from edge_agent.ration.rules import Cell, Reservoir, cell_of, places_in, shares, window_began_at
from edge_agent.telling import seen_animals

_MB = 1_000_000
_LEAST_BYTES = 5_000  # with less of it the picture shows nobody anything
_FIGURES_BYTES = 1_000  # of a message, beside its picture


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one camera may draw: so many a day, pictures of so many bytes."""

    per_day: int
    picture_bytes: int

    @classmethod
    def of(cls, spending: Spending, cameras: int) -> "Allowance":
        """Divide a station's budget among its cameras.

        Pictures are made to fit: to leave out the large ones would leave out the leafy places.
        """
        per_day = spending.samples_per_day
        each = spending.samples_mb_per_day * _MB / max(1, per_day * cameras)
        if each < _LEAST_BYTES:
            per_day, each = int(per_day * each / _LEAST_BYTES), _LEAST_BYTES
        picture_bytes = int((each - _FIGURES_BYTES) * 3 / 4)  # the rest is base64
        return cls(per_day, min(MAX_BYTES, picture_bytes))


class _Drawn(BaseModel):
    """What was drawn of the window that was drawn from last; outlives a restart."""

    model_config = ConfigDict(frozen=True)

    window: datetime
    samples: int


@dataclass(slots=True)
class _Window:
    """The three hours that are drawn from now, and how many may still be drawn of them."""

    began_at: datetime
    places: int
    dice: Random
    reservoirs: dict[Cell, Reservoir[SampleMessage]] = field(default_factory=dict)

    def reservoir_of(self, cell: Cell) -> Reservoir[SampleMessage]:
        if cell not in self.reservoirs:
            self.reservoirs[cell] = Reservoir(self.places, self.dice)
        return self.reservoirs[cell]

    def drawn(self) -> list[SampleMessage]:
        """Return the samples, each with the chance it had; what follows is drawn by itself."""
        shown = {cell: reservoir.shown for cell, reservoir in self.reservoirs.items()}
        drawn = [
            ticket.model_copy(update={"inclusion_probability": share.inclusion_probability})
            for cell, share in shares(shown, self.places, self.dice).items()
            for ticket in self.dice.sample(self.reservoirs[cell].held, share.places)
        ]
        self.places -= len(drawn)
        self.reservoirs = {}
        return drawn


class Ration:
    """Show it every look; it keeps what is drawn. Safe to use from several threads."""

    def __init__(
        self,
        deployment_id: str,
        allowance: Callable[[], Allowance],
        keep: Callable[[SampleMessage], None],
        *,
        memory: Path,
        simulated: bool,
        seed: str = "",
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._name = deployment_id
        self._allowance = allowance
        self._keep = keep
        self._memory = memory
        self._simulated = simulated
        self._seed = seed
        self._now = now
        self._lock = threading.Lock()
        self._drawn = self._remembered()
        self._window = self._open(window_began_at(now()))

    def saw(self, look: Look) -> None:
        """Draw, or not, from a look as it came from the eye, before any zone is excluded.

        Takes a picture's encoding at most; what is drawn is kept when the window is over.
        """
        with self._lock:
            self._turn_the_page()
            if look.elephants or self._window.places <= 0:
                return
            cell = cell_of(look)
            reservoir = self._window.reservoir_of(cell)
            place = reservoir.draw()
            if place is not None:
                reservoir.put(place, self._ticket(look, cell))

    def tend(self) -> None:
        """Keep what was drawn of a window that is over, although no frame comes."""
        with self._lock:
            self._turn_the_page()

    def close(self) -> None:
        """Keep what was drawn of the window until now."""
        with self._lock:
            self._hand_over()

    def _turn_the_page(self) -> None:
        began_at = window_began_at(self._now())
        if began_at != self._window.began_at:
            self._hand_over()
            self._window = self._open(began_at)

    def _open(self, began_at: datetime) -> _Window:
        before = self._drawn_of(began_at)
        # By name, not by chance: who doubts a draw can repeat it.
        dice = Random(f"{self._seed}/{self._name}/{began_at.isoformat()}/{before}")
        places = places_in(began_at, self._allowance().per_day) - before
        return _Window(began_at, places, dice)

    def _hand_over(self) -> None:
        drawn = self._window.drawn()
        for sample in drawn:
            self._keep(sample)
        if drawn:
            self._remember(len(drawn))

    def _ticket(self, look: Look, cell: Cell) -> SampleMessage:
        return SampleMessage(
            simulated=self._simulated,
            id=uuid7(),
            deployment_id=self._name,
            captured_at=look.captured_at,
            clock=clock_state(look.captured_at),
            lighting=cell.lighting,
            release=look.release,
            threshold=look.threshold,
            floor=SEEN_FROM,
            score=math.floor(look.best_doubt * 10_000) / 10_000,  # never up to the threshold
            boxes=tuple(seen_animals(look.doubtful))[:MAX_ANIMALS],
            stratum=cell.stratum,
            window_began_at=self._window.began_at,
            inclusion_probability=1.0,  # known when the window is over
            picture=self._picture(look),
        )

    def _picture(self, look: Look) -> bytes | None:
        try:
            at_most = self._allowance().picture_bytes
            return evidence_of(look.pixels, look.people, at_most_bytes=at_most)
        except NoEvidenceError:
            return None

    def _drawn_of(self, window: datetime) -> int:
        if self._drawn is None or self._drawn.window != window:
            return 0
        return self._drawn.samples

    def _remembered(self) -> _Drawn | None:
        with suppress(OSError, ValidationError):
            return _Drawn.model_validate_json(self._memory.read_bytes())
        return None

    def _remember(self, samples: int) -> None:
        window = self._window.began_at
        self._drawn = _Drawn(window=window, samples=self._drawn_of(window) + samples)
        with suppress(OSError):  # a full disk: after a restart a few more would be drawn
            write_durably(self._memory, self._drawn.model_dump_json().encode())
