"""What every request passes before a route sees it, and every answer on its way out."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependencies import SAFE_METHODS

MAX_REQUEST_BYTES = 1024 * 1024
# An archive of pictures is handed in at one route alone, to people who have signed in.
MAX_UPLOAD_BYTES = 4 * 2**30
_UPLOAD = re.compile(r"/api/v1/imports/[^/]+/file")


def security_headers(tile_origins: Sequence[str] = ()) -> dict[str, str]:
    """Return what every answer carries: our own pages load from here, and from the map's tiles."""
    policy = (
        "default-src 'self'",
        " ".join(["img-src 'self' data: blob:", *tile_origins]),
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def refusal(status: int, code: str, message: str) -> JSONResponse:
    """Return an error in the shape that all our errors have."""
    return JSONResponse({"error": code, "message": message}, status)


class Safety:
    """Refuses foreign, oversized and oddly typed requests; adds the security headers."""

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self._app = app
        self._own_origin = _origin(public_url)
        self._headers = security_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stand between the network and the application, as ASGI asks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, send_with_headers)
            return
        await self._app(scope, _limited(receive, _most(scope)), send_with_headers)

    def _refused(self, scope: Scope) -> JSONResponse | None:
        if "\x00" in scope["path"]:  # PostgreSQL has no such character: nothing has that name
            return refusal(404, "not_found", "there is no such thing")
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        most = _most(scope)
        if length.isdecimal() and int(length) > most:
            return refusal(413, "too_large", f"at most {most} bytes are taken")
        if scope["method"] in SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin, headers.get("host", "")):
            return refusal(403, "foreign_origin", "this request comes from another web site")
        has_body = length != "0" or "transfer-encoding" in headers
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if most == MAX_UPLOAD_BYTES:
            is_zip = media_type == "application/zip"
            return None if is_zip else refusal(415, "not_zip", "send it as application/zip")
        if has_body and media_type not in {"application/json", "application/geo+json"}:
            return refusal(415, "not_json", "send JSON, as application/json")
        return None

    def _is_own(self, origin: str, host: str) -> bool:
        # The second: people on the local network come by another name than the public one.
        return origin == self._own_origin or urlsplit(origin).netloc == host


def _most(scope: Scope) -> int:
    is_upload = scope["method"] == "PUT" and _UPLOAD.fullmatch(scope["path"])
    return MAX_UPLOAD_BYTES if is_upload else MAX_REQUEST_BYTES


def _limited(receive: Receive, most: int) -> Receive:
    """Cut a body off that has no length and does not end."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            return {"type": "http.disconnect"}
        return message

    return limited


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
