"""How the newest offer stands: kept on the disk before it is told, and before it is acted upon."""

import logging
import threading
from collections.abc import Callable

from edge_agent.contracts.updates import ENDS, Step, UpdateOffer
from edge_agent.updates.memory import Remembered, UpdatesMemory
from edge_agent.updates.trial import InterruptedTrialError

_log = logging.getLogger(__name__)
_REASON_CHARACTERS = 400
Tell = Callable[[Remembered], None]


class Standing:
    """What is remembered of offers, shared by the link's thread and the updater's own.

    Whoever does more than one thing with it holds `lock` meanwhile.
    """

    def __init__(self, memory: UpdatesMemory) -> None:
        self.lock = threading.RLock()
        self.tell: Tell = lambda _: None
        self._memory = memory
        self._known = memory.read()
        self._taken: str | None = None
        self._stopping = False

    @property
    def known(self) -> Remembered:
        """What is on the disk."""
        return self._known

    def remember(self, **changes: object) -> None:
        """Keep changed fields on the disk; only then they hold."""
        with self.lock:
            changed = self._known.model_copy(update=changes)
            self._memory.write(changed)
            self._known = changed

    def say(self) -> None:
        """Tell the server how the offer stands."""
        self.tell(self._known)

    def take(self, offer: UpdateOffer) -> None:
        """Note which offer is being worked on."""
        self._taken = offer.digest

    def is_taken(self, offer: UpdateOffer | None) -> bool:
        """Whether this is the offer that is, or was last, worked on."""
        return offer is not None and offer.digest == self._taken

    def stop(self) -> None:
        """From now on no work is wanted."""
        self._stopping = True

    @property
    def is_stopping(self) -> bool:
        """Whether the station is shutting down."""
        return self._stopping

    def is_wanted(self) -> bool:
        """Whether the offer that was taken is still the one to work on."""
        known = self._known
        return self.is_taken(known.offer) and known.step not in ENDS and not self._stopping

    def check_wanted(self) -> None:
        """Raise InterruptedTrialError once the work is not wanted any more."""
        if not self.is_wanted():
            raise InterruptedTrialError

    def set_step(self, step: Step, **changes: object) -> None:
        """Go one step on, and say so; raises InterruptedTrialError as `check_wanted` does."""
        with self.lock:
            self.check_wanted()
            self.remember(step=step, **changes)
            self.say()

    def begin(self, offer: UpdateOffer, **changes: object) -> None:
        """Let an offer be the one to work on, from its first step."""
        self.remember(offer=offer, step=Step.FETCHING, reason="", tries=0, **changes)
        self.say()

    def end(self, offer: UpdateOffer, step: Step, reason: str, *, is_new: bool = False) -> None:
        """Bring an offer to its end, unless a newer one has come and this is not new itself."""
        with self.lock:
            known = self._known.offer
            if not is_new and (known is None or known.digest != offer.digest):
                return
            _log.warning("the offered release is %s: %s", step.replace("_", " "), reason)
            self.remember(offer=offer, step=step, reason=reason[:_REASON_CHARACTERS])
            self.say()

    def turn_away(self, offer: UpdateOffer, reason: str) -> None:
        """Refuse an offer; one that is being worked on is not disturbed."""
        if self._known.step is None or self._known.step in ENDS:
            self.end(offer, Step.REFUSED, reason, is_new=True)
            return
        _log.warning("an offered release is refused: %s", reason)
        refused = {"offer": offer, "step": Step.REFUSED, "reason": reason[:_REASON_CHARACTERS]}
        self.tell(self._known.model_copy(update=refused))

    def withdraw(self, offer: UpdateOffer) -> bool:
        """Give up an offer that was withdrawn; one that came to its end stands. Whether it was."""
        known = self._known
        is_known = known.offer is not None and known.offer.digest == offer.digest
        is_at_work = known.step is not None and known.step not in ENDS
        if is_known != is_at_work:
            self.say()  # it has ended already, or another one is being worked on
            return False
        end = Step.ROLLED_BACK if known.step is Step.PROBATION else Step.REFUSED
        self.end(offer, end, "it was withdrawn", is_new=True)
        return True
