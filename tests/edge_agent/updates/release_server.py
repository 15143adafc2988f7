"""A server of releases on loopback, with the faults that a test wants."""

import threading
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent.contracts.messages import body_sha256
from edge_agent.contracts.updates import Manifest, Needs, ReleaseFile, UpdateOffer

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC_KEY = KEY.public_key().public_bytes_raw().hex()
SIGNED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class ReleaseServer:
    """Serves a folder. `cut_after` breaks the next answers off; `status` answers with it alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cut_after: list[int] = []
        self.status: list[int] = []
        self.sent_bytes: Counter[str] = Counter()
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.lstrip("/")
                server.asked.append(name)
                if server.status:
                    self.send_error(server.status.pop(0))
                    return
                data = (server.folder / name).read_bytes()
                begins = _begin_of(self.headers.get("Range"))
                self.send_response(206 if begins else 200)
                if begins:
                    span = f"bytes {begins}-{len(data) - 1}/{len(data)}"
                    self.send_header("Content-Range", span)
                self.send_header("Content-Length", str(len(data) - begins))
                self.end_headers()
                cut = server.cut_after.pop(0) if server.cut_after else len(data)
                part = data[begins : begins + cut]
                server.sent_bytes[name] += len(part)
                self.wfile.write(part)

            def log_message(self, *_: Any) -> None: ...

        return Handler


def _begin_of(header: str | None) -> int:
    return int(header.removeprefix("bytes=").rstrip("-")) if header else 0


def manifest_of(folder: Path, **changes: Any) -> Manifest:
    """What a publisher would write about a release folder."""
    import tomllib

    described = tomllib.loads((folder / "model.toml").read_text())
    files = [
        ReleaseFile(name=path.name, sha256=body_sha256(data), bytes=len(data))
        for path in sorted(folder.iterdir())
        for data in [path.read_bytes()]
    ]
    needs = {"opset": 17, "input_size_px": described["network"]["input_size_px"]}
    fields: dict[str, Any] = {
        "name": described["name"],
        "created": described["created"],
        "signed_at": SIGNED_AT,
        "needs": Needs.model_validate(needs | changes.pop("needs", {})),
        "files": files,
    }
    return Manifest.model_validate(fields | changes)


def offer_of(manifest: Manifest, url: str, *, key: Ed25519PrivateKey = KEY) -> UpdateOffer:
    """Sign a manifest."""
    unsigned = UpdateOffer(manifest=manifest.canonical(), signature="0" * 128, url=url)
    signature = key.sign(unsigned.signed_bytes).hex()
    return unsigned.model_copy(update={"signature": signature})
