"""A network camera for tests: MJPEG over HTTP, on one port, that can vanish and come back."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2

from tests.edge_agent.builders import pixels_of

_FRAME_EVERY_S = 0.04
_HEAD = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"


class NetworkCamera:
    """`start` and `vanish` as often as you like; the port stays the same."""

    def __init__(self) -> None:
        self._gone = threading.Event()
        self._server = self._listening(0)
        self.port = int(self._server.server_address[1])
        self._server.server_close()

    @property
    def url(self) -> str:
        """What a station's config names."""
        return f"http://127.0.0.1:{self.port}/live.mjpg"

    def start(self) -> None:
        """Answer, with a frame now and then, until it vanishes."""
        self._gone.clear()
        self._server = self._listening(self.port)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def vanish(self) -> None:
        """Cut every connection and listen no more."""
        self._gone.set()
        self._server.shutdown()
        self._server.server_close()

    def _listening(self, port: int) -> ThreadingHTTPServer:
        gone = self._gone

        class Streaming(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                number = 0
                while not gone.wait(_FRAME_EVERY_S):
                    _, encoded = cv2.imencode(".jpg", pixels_of(seed=number))
                    self.wfile.write(_HEAD % len(encoded) + encoded.tobytes() + b"\r\n")
                    number += 1
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Stay silent: what counts is what the station says."""

        server = ThreadingHTTPServer(("127.0.0.1", port), Streaming)
        server.daemon_threads = True
        return server
