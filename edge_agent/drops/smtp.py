"""A mail server that only takes in: pictures in a camera's mail go to its inbox."""

import asyncio
import logging
import warnings
from collections.abc import Mapping

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from edge_agent.drops.content import UnfitContentError
from edge_agent.drops.inbox import Inbox, InboxFullError
from edge_agent.drops.mail import Attachment, read_mail
from edge_agent.drops.passwords import matches
from edge_agent.settings import SmtpSettings

_log = logging.getLogger(__name__)
_SILENCE_S = 120
_KEPT = "250 2.0.0 Kept"
_TRY_AGAIN = "452 4.3.1 Insufficient system storage"


class SmtpDrop:
    """The server, in a thread of its own from `open` to `close`."""

    def __init__(
        self, settings: SmtpSettings, inboxes: Mapping[str, Inbox], hashes: Mapping[str, str]
    ) -> None:
        self.kind = "smtp"
        self.name = f"SMTP on {settings.host}:{settings.port}"
        self._settings = settings
        self._postbox = Postbox(inboxes, hashes)
        self._controller: Controller | None = None

    def open(self) -> None:
        """Listen. Raises `OSError` if the address cannot be had."""
        # It would log each command, and at its most talkative what is said.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        # Known, and said in the guide: cameras of this kind seldom speak TLS.
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
        controller = Controller(
            self._postbox,
            hostname=self._settings.host,
            port=self._settings.port,
            server_hostname="trunkline",
            ident="Trunkline station",
            data_size_limit=int(self._settings.most_mail_mb * 1e6),
            timeout=_SILENCE_S,
            auth_required=True,
            auth_require_tls=False,
            authenticator=self._postbox.let_in,
        )
        try:
            controller.start()
        except OSError:
            controller.loop.close()
            raise
        self._controller = controller

    def close(self) -> None:
        """Hang up on everybody; mails that are not whole are forgotten."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)


class Postbox:
    """Answers aiosmtpd's questions about who may come in and what becomes of a mail."""

    def __init__(self, inboxes: Mapping[str, Inbox], hashes: Mapping[str, str]) -> None:
        self._inboxes = inboxes
        self._hashes = hashes

    def let_in(
        self, _server: SMTP, session: Session, _envelope: Envelope, _how: str, login: LoginPassword
    ) -> AuthResult:
        """Compare a name and password with those of the config."""
        name = login.login.decode("utf-8", "replace")
        password = login.password.decode("utf-8", "surrogateescape")
        if matches(password, self._hashes.get(name)):
            return AuthResult(success=True, auth_data=name)
        _log.warning("SMTP: %r from %s was refused", name[:80], session.peer)
        return AuthResult(success=False, handled=False)

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name for it)
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail's pictures, then acknowledge it. A mail without any is acknowledged too."""
        inbox = self._inboxes[str(session.auth_data)]
        content = envelope.original_content or b""
        return await asyncio.to_thread(_kept, inbox, content)


def _kept(inbox: Inbox, content: bytes) -> str:
    mail = read_mail(content)
    try:
        for attachment in mail.attachments:
            _keep(inbox, attachment, mail.subject)
    except InboxFullError:
        return _TRY_AGAIN
    except OSError as error:
        _log.error("SMTP: a mail cannot be kept: %s", error.strerror)
        return _TRY_AGAIN
    return _KEPT


def _keep(inbox: Inbox, attachment: Attachment, subject: str) -> None:
    arriving = inbox.begin(attachment.name)
    arriving.write(attachment.data)
    try:
        inbox.accept(arriving, texts=(subject,))
    except UnfitContentError:
        # The inbox tells of it; the rest of the mail may be good, and sending it again would not
        # help.
        _log.debug("SMTP: %s is not fit to be looked at", arriving.name)
