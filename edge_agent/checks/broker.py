"""The broker must answer, and let this station in, under its own name and password."""

from edge_agent.checks.answer import Answer, ok, wrong
from edge_agent.session import LinkError, Session
from edge_agent.settings import StationSettings

_ADVICE = (
    ("refuses", "enrol the station on the server, and copy its key again"),
    ("certificate", "compare ca_file with the server's; a wrong clock does this too"),
    ("is called", "is [broker] host spelt right, and is there a name service?"),
    ("nothing answers", "look at antenna, address, port and firewall; does the server run?"),
)


def check_broker(settings: StationSettings) -> Answer:
    """Connect as the station would, and part again."""
    broker = settings.broker
    # Another client name than the running station's, which would be thrown out otherwise.
    session = Session(settings, _Deaf(), purpose=".check")
    try:
        session.open()
    except LinkError as error:
        return wrong("broker", str(error), _advice(str(error)))
    finally:
        session.close()
    return ok("broker", f"{broker.host}:{broker.port} lets this station in")


def _advice(words: str) -> str:
    known = (advice for mark, advice in _ADVICE if mark in words)
    return next(known, "try again; if it stays, look at the server's log")


class _Deaf:
    """Hears nothing: a check only wants to be let in."""

    def on_acknowledged(self, ticket: int) -> None: ...

    def on_arrived(self, topic: str, payload: bytes) -> None: ...
