"""The station's side of the wire: empties the outbox whenever there is a connection.

At least once, and forgotten only on the server's sealed storage receipt. What leaves first is said
in `lanes`, what is not sent at all once the day's data are used up here.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from edge_agent.contracts import topics
from edge_agent.contracts.configuration import Spending
from edge_agent.contracts.errors import ForgedMessageError, UnreadableMessageError
from edge_agent.contracts.messages import (
    HealthMessage,
    Message,
    RefusedItem,
    StationState,
    StatusMessage,
    StorageReceipt,
    StoredItem,
    read_message,
)
from edge_agent.envelopes import Envelopes
from edge_agent.flight import Flight
from edge_agent.lanes import leaving
from edge_agent.noticeboard import Noticeboard
from edge_agent.orders import Orders
from edge_agent.outbox import Letter, Outbox
from edge_agent.session import LinkError, Session
from edge_agent.settings import BrokerSettings, StationSettings
from edge_agent.spending import MB, PER_MESSAGE_BYTES, DataBudget
from edge_agent.wake import Wake

_log = logging.getLogger(__name__)
# A broker that owes an acknowledgement this long has forgotten us; a picture over 2G takes half a
# minute.
_OWED_AT_MOST_S = 90.0
# Without any, a station whose data are used up would be taken for a dead one.
_HEALTH_AT_LEAST_EVERY_S = 3600.0


class Link:
    """A thread that keeps the broker and the outbox together. Start once, stop once."""

    def __init__(
        self, settings: StationSettings, outbox: Outbox, health: Callable[[], HealthMessage]
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._health = health
        self._notices = Noticeboard()
        self._on_stored: Callable[[StoredItem], None] = lambda _: None
        self._broker = settings.broker
        self._envelopes = Envelopes(settings)
        self.orders = Orders(settings.site_id, settings.station_id, self._envelopes.key)
        self._wake = Wake()
        self.budget = DataBudget(outbox, settings.budget.data_mb_per_day)
        self._flight = Flight(
            resend_after_s=settings.broker.resend_after_s,
            at_most_s=6 * settings.broker.resend_after_s,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._is_down_said = False
        self._is_used_up_said = False
        self.is_up = False
        self.failures = 0
        self._health_due_s = 0.0
        self.health_every_s = settings.health_every_s
        self.forged_receipts = 0

    def hear_receipts(self, note: Callable[[StoredItem], None]) -> None:
        """Have `note` called, in the link's thread, with all that the server has stored."""
        self._on_stored = note

    def tell(self, topic: topics.Topic, message: Message) -> None:
        """Say the station's newest word on a matter, now or with the next connection."""
        self._notices.pin(topic, message)
        self._wake.ring()

    def use_broker(self, broker: BrokerSettings) -> None:
        """Talk to the server over another broker from now on; safe to call from any thread."""
        if broker != self._broker:
            self._broker = broker
            self._wake.ring()

    def use_budget(self, spending: Spending) -> None:
        """Spend no more than this from now on, of the data and of the disk."""
        self.budget.mb_per_day = spending.data_mb_per_day
        self._outbox.budget_bytes = round(spending.disk_mb * MB)

    def start(self) -> None:
        """Begin connecting; returns at once."""
        self._outbox.on_kept = self._wake.ring
        self._thread.start()

    def stop(self, patience_s: float = 20) -> None:
        """Say `stopped` if there is a connection, and part from the broker."""
        self._stopping.set()
        self._wake.ring()
        self._thread.join(patience_s)

    def on_acknowledged(self, ticket: int) -> None:
        """The broker has taken over a message (called by the session)."""
        self._flight.acknowledged(ticket, time.monotonic())
        self._notices.acknowledged(ticket)

    def on_arrived(self, topic: str, payload: bytes) -> None:
        """A message from the server came (called by the session). It cannot stop the link."""
        if topic in self.orders.topics:
            self.orders.take(topic, payload)
            return
        if topic != self._envelopes.topic(topics.STORED):
            return
        try:
            receipt = read_message(StorageReceipt, self._envelopes.opened(topic, payload))
        except (ForgedMessageError, UnreadableMessageError) as error:
            self.forged_receipts += 1
            if self.forged_receipts == 1:
                _log.warning("a storage receipt was ignored: %s", error)
            return
        self._take(receipt)

    def _take(self, receipt: StorageReceipt) -> None:
        self._outbox.forget(receipt.items)
        for item in receipt.items:
            self._flight.landed(item.kind, item.id, item.revision)
            self._on_stored(item)
        for refused in receipt.refused:
            self._set_aside(refused)

    def _set_aside(self, refused: RefusedItem) -> None:
        letter = self._envelopes.letter_of(refused.body_sha256)
        if letter is None:
            return
        self._flight.landed(letter.kind, letter.id, letter.revision)
        if self._outbox.set_aside(letter, refused.reason):
            _log.error("the server cannot read %s %s: %s", letter.kind, letter.id, refused.reason)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._connect_and_serve()
            except LinkError as error:
                self._say_down(error)
                self._stopping.wait(self._pause_s())
            except Exception:  # noqa: BLE001 (loud: logged with its traceback)
                # The top of this thread's loop: a station whose link has died tells nobody
                # anything.
                self.failures += 1
                _log.exception("the link failed in a way nobody expected; it begins again")
                self._stopping.wait(self._pause_s())

    def _pause_s(self) -> float:
        broker = self._broker
        longest = min(
            broker.reconnect_after_s * 2.0 ** min(self.failures - 1, 16), broker.reconnect_at_most_s
        )
        return longest * random.uniform(
            0.5, 1.0
        )  # not all stations of a forest in the same instant

    def _connect_and_serve(self) -> None:
        broker = self._broker
        settings = self._settings.model_copy(update={"broker": broker})
        session = Session(
            settings,
            self,
            will=self._status(StationState.OFFLINE),
            orders=self.orders.topics,
            wake=self._wake,
        )
        try:
            session.open()
            self._flight.grounded()
            self._notices.grounded()
            self._publish_status(session, StationState.ONLINE)
            self._say_up(broker)
            while not self._stopping.is_set():
                session.turn()
                if self._broker is not broker:
                    break  # nothing more over this one: its receipts would prove the wrong way
                # First: it tells the server how wrong our clock is, by which warnings are read.
                self._send_health(session)
                self._send_waiting(session)
                self._send_notices(session)
            self._part(session)
        finally:
            session.close()

    def _send_waiting(self, session: Session) -> None:
        now_s = time.monotonic()
        if self._flight.stuck_for_s(now_s) > _OWED_AT_MOST_S:
            raise LinkError("the broker acknowledges nothing")
        since = datetime.now(UTC) - timedelta(seconds=self._settings.event.fresh_s)
        used_up = self.budget.is_used_up
        self._say_used_up(used_up)
        for letter in leaving(self._outbox, self._flight, since, now_s, only_warnings=used_up):
            self._send(session, letter, now_s)

    def _send(self, session: Session, letter: Letter, now_s: float) -> None:
        kept = self._outbox.get(letter)
        if kept is None:
            return
        try:
            topic, payload = self._envelopes.of_letter(letter, kept)
        except UnreadableMessageError as error:
            # Kept by another version of this program: set aside, so that it does not stop the rest.
            self._outbox.set_aside(letter, str(error))
            _log.exception("the outbox holds an unreadable %s %s", letter.kind, letter.id)
            return
        ticket = self._publish(session, topic, payload)
        self._flight.left(letter, ticket, now_s)

    def _publish(
        self, session: Session, topic: str, payload: bytes, *, qos: int = 1, retained: bool = False
    ) -> int:
        ticket = session.publish(topic, payload, qos=qos, retained=retained)
        # After it has left: noting may wait for the disk, and a warning must not.
        self.budget.spend(len(topic) + len(payload) + PER_MESSAGE_BYTES)
        return ticket

    def _send_notices(self, session: Session) -> None:
        for kind, message in self._notices.due():
            topic = self._envelopes.topic(kind)
            ticket = self._publish(
                session,
                topic,
                self._envelopes.sealed(topic, message),
                qos=kind.qos,
                retained=kind.retained,
            )
            self._notices.left(kind, message, ticket)

    def _send_health(self, session: Session) -> None:
        now_s = time.monotonic()
        if now_s < self._health_due_s:
            return
        every_s = self.health_every_s
        if self.budget.is_used_up:
            every_s = max(every_s, _HEALTH_AT_LEAST_EVERY_S)
        self._health_due_s = now_s + every_s
        self.budget.note()
        topic = self._envelopes.topic(topics.HEALTH)
        sealed = self._envelopes.sealed(topic, self._health())
        self._publish(session, topic, sealed, qos=topics.HEALTH.qos)

    def _publish_status(self, session: Session, state: StationState) -> int:
        status = topics.STATUS
        topic, sealed = self._envelopes.topic(status), self._status(state)
        return self._publish(session, topic, sealed, qos=status.qos, retained=status.retained)

    def _part(self, session: Session) -> None:
        told = self._publish_status(session, StationState.STOPPED)
        session.turn_until(
            lambda: not session.is_owed(told), 5, "the broker did not hear that we stop"
        )

    def _status(self, state: StationState) -> bytes:
        topic = self._envelopes.topic(topics.STATUS)
        message = StatusMessage(
            simulated=self._settings.simulated, state=state, at=datetime.now(UTC)
        )
        return self._envelopes.sealed(topic, message)

    def _say_up(self, broker: BrokerSettings) -> None:
        _log.info("link to %s:%s is up", broker.host, broker.port)
        self.is_up = True
        self._is_down_said = False
        self.failures = 0

    def _say_used_up(self, used_up: bool) -> None:  # noqa: FBT001 (what to say)
        if used_up and not self._is_used_up_said:
            mb = self.budget.mb_per_day
            _log.warning("today's %s MB of data are used up: only warnings leave", mb)
        self._is_used_up_said = used_up

    def _say_down(self, error: LinkError) -> None:
        self.is_up = False
        self.failures += 1
        if not self._is_down_said:
            _log.warning("link is down: %s", error)
        self._is_down_said = True
