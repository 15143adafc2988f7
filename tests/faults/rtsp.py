"""An RTSP camera for tests (RFC 2326): JPEG over RTP (RFC 2435) within its one TCP connection.

It wants a password, as cameras do, and can vanish, fall silent and come back on the same port.
"""

import base64
import hashlib
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from itertools import count

import cv2

from detector.pictures import Pixels
from tests.edge_agent.builders import pixels_of

USER, PASSWORD = "warden", "tusk"
FRAME_EVERY_S = 0.04
_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    "a=range:npt=0-\r\nm=video 0 RTP/AVP 26\r\na=framerate:25\r\na=control:track1\r\n"
)
_MOST_PAYLOAD = 1400
_NONCE = "0a4f113b"


def md5(words: str) -> str:
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()


class RtspCamera:
    """`start`, `vanish` and `stall` as often as you like; the port stays the same."""

    def __init__(
        self, picture: Callable[[int], Pixels] = lambda number: pixels_of(seed=number % 50)
    ) -> None:
        self._picture = picture
        self.sent = 0
        self.wants_digest = False
        self.asked: list[str] = []  # the methods, in order
        self._gone, self._silent = threading.Event(), threading.Event()
        self._server = self._listening(0)
        self.port = int(self._server.server_address[1])
        self._server.server_close()

    def url(self, password: str = PASSWORD) -> str:
        """What a station's config names."""
        return f"rtsp://{USER}:{password}@127.0.0.1:{self.port}/live"

    def start(self) -> None:
        """Answer, with a frame now and then, until it vanishes."""
        self._gone.clear()
        self._silent.clear()
        self._server = self._listening(self.port)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stall(self) -> None:
        """Keep the connections and send nothing more, as a camera behind a dead radio does."""
        self._silent.set()

    def vanish(self) -> None:
        """Cut every connection and listen no more."""
        self._gone.set()
        self._server.shutdown()
        self._server.server_close()

    def wish(self) -> str:
        """How it wants the password shown."""
        kind = f'Digest realm="c", nonce="{_NONCE}"' if self.wants_digest else 'Basic realm="c"'
        return f"WWW-Authenticate: {kind}"

    def lets_in(self, method: str, headers: dict[str, str]) -> bool:
        """Whether a request shows the password."""
        shown = headers.get("authorization", "")
        if not self.wants_digest:
            return shown == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        name = shown.partition('uri="')[2].partition('"')[0]
        secret, asked = md5(f"{USER}:c:{PASSWORD}"), md5(f"{method}:{name}")
        return f'response="{md5(f"{secret}:{_NONCE}:{asked}")}"' in shown

    def show(self, line: BufferedIOBase) -> None:
        """Send pictures until it is gone; none while it is silent."""
        numbers = count()
        for number in count():
            if self._gone.wait(FRAME_EVERY_S):
                return
            if self._silent.is_set():
                continue
            line.writelines(
                struct.pack(">cBH", b"$", 0, len(packet)) + packet
                for packet in rtp_packets(self._picture(number), number, numbers)
            )
            self.sent = number

    def _listening(self, port: int) -> "_Server":
        return _Server(("127.0.0.1", port), self)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], camera: RtspCamera) -> None:
        self.camera = camera
        super().__init__(address, _Talk)


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        camera = self.server.camera
        while (request := self._request()) is not None:
            method, name, headers = request
            camera.asked.append(method)
            if method != "OPTIONS" and not camera.lets_in(method, headers):
                self._answer(headers, "401 Unauthorized", camera.wish())
            elif not name.rstrip("/").endswith(("/live", "/track1")):
                self._answer(headers, "404 Not Found")
            else:
                self._answer(headers, *_words(method, headers))
                if method == "PLAY":
                    camera.show(self.wfile)
                    return

    def _request(self) -> tuple[str, str, dict[str, str]] | None:
        lines: list[str] = []
        while (line := self.rfile.readline().decode().strip()) or not lines:
            if not line:
                return None
            lines.append(line)
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        method, name, _ = lines[0].split()
        return method, name, headers

    def _answer(self, headers: dict[str, str], status: str, more: str = "", body: str = "") -> None:
        lines = [f"RTSP/1.0 {status}", f"CSeq: {headers.get('cseq', '0')}"]
        lines += [more] if more else []
        lines += [f"Content-Length: {len(body)}"] if body else []
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


def _words(method: str, headers: dict[str, str]) -> tuple[str, ...]:
    transport = headers.get("transport", "")
    if method == "DESCRIBE":
        return "200 OK", "Content-Type: application/sdp", _SDP
    if method == "SETUP" and "TCP" not in transport:
        return ("461 Unsupported Transport",)
    if method == "SETUP":
        return "200 OK", f"Session: 1\r\nTransport: {transport}"
    if method == "PLAY":
        return "200 OK", "Session: 1"
    return "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"


def rtp_packets(pixels: Pixels, number: int, numbers: Iterator[int]) -> Iterator[bytes]:
    """Yield the packets of one picture; its sides are multiples of 16."""
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])
    tables, scan = _tables_and_scan(encoded.tobytes())
    height, width = pixels.shape[:2]
    for offset in range(0, len(scan), _MOST_PAYLOAD):
        part = scan[offset : offset + _MOST_PAYLOAD]
        is_last = offset + _MOST_PAYLOAD >= len(scan)
        # Type 1 is 4:2:0; a Q of 255 brings its own tables, before the first part.
        jpeg = struct.pack(">IBBBB", offset, 1, 255, width // 8, height // 8)
        if offset == 0:
            jpeg += struct.pack(">BBH", 0, 0, len(tables)) + tables
        marked = 26 | (0x80 if is_last else 0)
        head = struct.pack(">BBHII", 0x80, marked, next(numbers) & 0xFFFF, number * 3600, 1)
        yield head + jpeg + part


def _tables_and_scan(jpeg: bytes) -> tuple[bytes, bytes]:
    """Take a baseline JPEG apart: its quantisation tables, and the coded picture."""
    tables, place = b"", 2
    while True:
        marker, length = struct.unpack(">HH", jpeg[place : place + 4])
        body = jpeg[place + 4 : place + 2 + length]
        place += 2 + length
        if marker == 0xFFDB:
            while body:
                tables, body = tables + body[1:65], body[65:]
        if marker == 0xFFDA:
            return tables, jpeg[place:-2]
