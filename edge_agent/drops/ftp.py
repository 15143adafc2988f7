"""An FTP server that only takes in: what a camera uploads goes to its inbox, under no name of its.

There are no folders and no files to see: a camera may change into any folder and make it, and will
find it empty.
"""

import logging
import threading
from collections.abc import Mapping
from typing import Any

from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer
from pyftpdlib.exceptions import FilesystemError
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from edge_agent.drops.content import UnfitContentError
from edge_agent.drops.inbox import Arriving, Inbox, InboxFullError
from edge_agent.drops.passwords import matches
from edge_agent.settings import FtpSettings

_log = logging.getLogger(__name__)
_library_log = logging.getLogger("pyftpdlib")
_CHANGE_LIST_MAKE_STORE = "elmw"
_STOP_WITHIN_S = 0.5
_AFTER_A_FALL_S = 5
_SILENCE_S = 120
_MOST_CONNECTIONS = 64
_MOST_CONNECTIONS_EACH = 8


class FtpDrop:
    """The server, in a thread of its own from `open` to `close`."""

    def __init__(
        self, settings: FtpSettings, inboxes: Mapping[str, Inbox], hashes: Mapping[str, str]
    ) -> None:
        self.kind = "ftp"
        self.name = f"FTP on {settings.host}:{settings.port}"
        self._settings = settings
        self._inboxes = inboxes
        self._hashes = hashes
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Listen. Raises `OSError` if the address cannot be had."""
        # Each command and each connection would be a line of the station's log.
        _library_log.setLevel(logging.ERROR)
        self._is_closing.clear()
        server = self._listening()
        self._thread = threading.Thread(target=self._serve, args=(server,), name="ftp", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody; uploads that are not whole are forgotten."""
        self._is_closing.set()
        if self._thread is not None:
            self._thread.join()

    def _listening(self) -> FTPServer:
        loop = IOLoop()
        address = (self._settings.host, self._settings.port)
        try:
            server = FTPServer(address, self._conversation(), ioloop=loop)
        except BaseException:
            loop.close()
            raise
        server.max_cons, server.max_cons_per_ip = _MOST_CONNECTIONS, _MOST_CONNECTIONS_EACH
        return server

    def _serve(self, server: FTPServer) -> None:
        while not self._is_closing.is_set():
            try:
                if not server.accepting:
                    # The library gives its socket up when, say, no file handle is free.
                    server.ioloop.close()
                    server = self._listening()
                server.ioloop.loop(timeout=_STOP_WITHIN_S, blocking=False)
            except Exception:  # noqa: BLE001 (loud: logged with its traceback)
                # The top of the server's loop: one camera must not silence the others.
                _log.exception("FTP: the server stumbled")
                self._is_closing.wait(_AFTER_A_FALL_S)
        server.ioloop.close()

    def _conversation(self) -> type[FTPHandler]:
        ports = self._settings.passive_ports
        about = {
            "authorizer": _Accounts(self._hashes),
            "inboxes": self._inboxes,
            "passive_ports": range(ports[0], ports[1] + 1) if ports else None,
            "masquerade_address": self._settings.public_host,
        }
        return type("Conversation", (_Conversation,), about)


class _Accounts(DummyAuthorizer):  # type: ignore[misc]
    """Names and hashed passwords."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        super().__init__()
        self._hashes = hashes
        for name in hashes:
            self.add_user(name, "", "/", perm=_CHANGE_LIST_MAKE_STORE)

    def validate_authentication(self, username: str, password: str, _handler: Any) -> None:
        if not matches(password, self._hashes.get(username)):
            raise AuthenticationFailed


class _NoFolders(AbstractedFS):  # type: ignore[misc]
    """Says yes to every folder and keeps none."""

    def validpath(self, _path: str) -> bool:
        return True

    def realpath(self, path: str) -> str:
        return path

    def chdir(self, path: str) -> None:
        self.cwd = self.fs2ftp(path)

    def mkdir(self, path: str) -> None: ...

    def isdir(self, _path: str) -> bool:
        return True

    def isfile(self, _path: str) -> bool:
        return False

    def lexists(self, _path: str) -> bool:
        return False

    def listdir(self, _path: str) -> list[str]:
        return []

    def open(self, filename: str, mode: str) -> Arriving:
        """Begin an upload; one cannot be gone on with, it must begin again."""
        if not mode.startswith("w"):
            raise FilesystemError("send the whole file again")
        channel: _Conversation = self.cmd_channel
        try:
            return channel.begin(filename.rpartition("/")[2])
        except InboxFullError as error:
            raise FilesystemError(str(error)) from error


class _Upload(DTPHandler):  # type: ignore[misc]
    """The connection on which a picture comes. It is kept before 226 is said."""

    _is_settled = False

    def enable_receiving(self, _type: str, cmd: str) -> None:
        # In text mode, the protocol's default, bytes that look like line ends would be changed;
        # some cameras never ask for the other.
        super().enable_receiving("i", cmd)

    def handle_read(self) -> None:
        super().handle_read()
        if self.file_obj is not None and self.file_obj.fault is not None:
            self.transfer_finished = True
            self.close()

    handle_read_event = handle_read

    def close(self) -> None:
        arriving = self.file_obj
        if isinstance(arriving, Arriving) and not self._is_settled:
            self._is_settled = True
            if self.transfer_finished:
                self._resp = (self._accepted(arriving), _library_log.debug)
            else:
                self.cmd_channel.give_up()
        super().close()

    def _accepted(self, arriving: Arriving) -> str:
        try:
            self.cmd_channel.inbox.accept(arriving)
        except UnfitContentError as error:
            return f"550 {error}."
        except OSError as error:
            _log.error("FTP: %s cannot be kept: %s", arriving.name, error.strerror)
            return "452 The disk does not take it."
        return "226 Kept."


class _Conversation(FTPHandler):  # type: ignore[misc]
    """One camera that is connected."""

    dtp_handler = _Upload
    abstracted_fs = _NoFolders
    banner = "Trunkline station"
    timeout = _SILENCE_S
    use_sendfile = False
    inboxes: Mapping[str, Inbox]
    _begun: Arriving | None = None

    @property
    def inbox(self) -> Inbox:
        """The inbox of the camera that is signed in."""
        return self.inboxes[self.username]

    def begin(self, name: str) -> Arriving:
        """Begin an upload. One that was announced and never came is forgotten."""
        self.give_up()
        self._begun = self.inbox.begin(name)
        return self._begun

    def give_up(self) -> None:
        """Forget the upload under way, if any; one that was accepted stays."""
        if self._begun is not None:
            self.inbox.discard(self._begun)
            self._begun = None

    def close(self) -> None:
        """Hang up. A camera may have announced an upload and vanished."""
        self.give_up()
        super().close()

    def on_login_failed(self, username: str, _password: str) -> None:
        """Say who was refused; never with what."""
        _log.warning("FTP: %r from %s was refused", username[:80], self.remote_ip)
