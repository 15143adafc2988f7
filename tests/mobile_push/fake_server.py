"""A server as the phone app sees it: says what the test wants, remembers what it was told."""

import asyncio
import json
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from mobile_push.vapid import VapidKeys

Json = dict[str, Any]

DIST = Path(__file__).parents[2] / "mobile_push" / "pwa" / "dist"
# As strict as the real server: the app must live with it.
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'"


def ago(**span: float) -> str:
    """Return a time that long ago, as the wire spells it."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat().replace("+00:00", "Z")


def an_alert(**changes: Any) -> Json:
    """Return an ordinary alert: three elephants north-west of a village, four minutes ago."""
    ordinary = {
        "id": "a1",
        "herd_id": 1,
        "geofence": {"id": 1, "name": "Mengman"},
        "level": "warning",
        "state": "raised",
        "count": 3,
        "simulated": False,
        "raised_at": ago(minutes=4),
        "changed_at": ago(minutes=4),
        "captured_at": ago(minutes=4),
        "distance_m": 1240,
        "bearing_deg": 311,
        "position": {"latitude": 22.2, "longitude": 100.9, "uncertainty_m": 150},
        "station": None,
        "evidence": None,
        "answers": [],
        "my_answer": None,
    }
    return ordinary | changes


class FakeServer:
    """Holds alerts and one signed-in ranger; `told` lists (path, body) of what it was told."""

    def __init__(self) -> None:
        self.alerts: dict[str, Json] = {}
        self.told: list[tuple[str, Json]] = []
        self.failures: deque[int] = deque()
        self.sender_key = VapidKeys.new().public_key
        self.origin = ""
        self._listeners: set[asyncio.Queue[Json | None]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/api/v1/me", self._me)
        app.router.add_get("/api/v1/alerts", self._alerts)
        app.router.add_get("/api/v1/map", self._map)
        app.router.add_get("/api/v1/stream", self._stream)
        app.router.add_post("/api/v1/alerts/{id}/answers", self._answer)
        app.router.add_post("/api/v1/deliveries/{id}/{kind}", self._delivery)
        app.router.add_put("/api/v1/phone/subscription", self._subscription)
        app.router.add_delete("/api/v1/phone/subscription", self._subscription)
        app.router.add_get("/app/{path:.*}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for listener in self._listeners:
            listener.put_nowait(None)
        await self._runner.cleanup()

    def say(self, alert: Json) -> None:
        """Send an alert over the live stream."""
        self.alerts[alert["id"]] = alert
        for listener in self._listeners:
            listener.put_nowait(alert)

    async def _me(self, _: web.Request) -> web.Response:
        person = {"id": "p1", "name": "Yan", "role": "ranger", "language": "en"}
        site = {"id": "s", "name": "S", "latitude": 22.2, "longitude": 100.9, "timezone": "UTC"}
        phone = {"subscribed": False, "last_reached_at": None}
        me = {"person": person, "site": site, "geofences": [], "phone": phone}
        return web.json_response(me | {"vapid_public_key": self.sender_key})

    async def _alerts(self, _: web.Request) -> web.Response:
        return web.json_response({"alerts": list(self.alerts.values()), "now": ago()})

    async def _map(self, _: web.Request) -> web.Response:
        fences = {"type": "FeatureCollection", "features": []}
        return web.json_response({"geofences": fences, "stations": [], "herds": []})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": hello\n\n")
        listener: asyncio.Queue[Json | None] = asyncio.Queue()
        self._listeners.add(listener)
        try:
            while (alert := await listener.get()) is not None:
                await response.write(f"event: alert\ndata: {json.dumps(alert)}\n\n".encode())
        finally:
            self._listeners.discard(listener)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        body: Json = await request.json()
        self.told.append((request.path, body))
        if self.failures:
            return web.json_response({"error": "busy"}, status=self.failures.popleft())
        alert = self.alerts[request.match_info["id"]]
        answer = {k: body[k] for k in ("answer", "answered_at")} | {"person": "Yan"}
        changed = {"my_answer": body["answer"], "changed_at": ago()}
        self.alerts[alert["id"]] = alert | changed | {"answers": [*alert["answers"], answer]}
        return web.json_response(self.alerts[alert["id"]])

    async def _subscription(self, request: web.Request) -> web.Response:
        self.told.append((f"{request.method} {request.path}", await request.json()))
        return web.Response(status=204)

    async def _delivery(self, request: web.Request) -> web.Response:
        self.told.append((request.path, await request.json()))
        return web.Response(status=204)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = DIST / (request.match_info["path"] or "index.html")
        if not path.is_file():
            return web.Response(status=404)
        return web.FileResponse(path, headers={"Content-Security-Policy": POLICY})
