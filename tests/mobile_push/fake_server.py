"""A server as the phone app sees it: says what the test wants, remembers what it was told."""

import asyncio
import json
import mimetypes
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
        "lapses_at": ago(hours=-3, minutes=4),
        "distance_m": 1240,
        "bearing_deg": 311,
        "position": {"latitude": 22.2, "longitude": 100.9, "uncertainty_m": 150},
        "station": None,
        "evidence": None,
        "answers": [],
        "my_answer": None,
    }
    return ordinary | changes


def a_bell(kind: str, reached_at: str | None) -> Json:
    return {"channel": "web_push", "reach": kind, "last_reached_at": reached_at}


class FakeServer:
    """Holds alerts and one signed-in ranger; `told` lists (path, body) of what it was told."""

    def __init__(self) -> None:
        self.alerts: dict[str, Json] = {}
        self.told: list[tuple[str, Json]] = []
        self.glances: list[tuple[str, str]] = []
        self.failures: deque[int] = deque()
        self.cuts = 0  # so many answers are taken, and the link breaks before they know
        self.role = "ranger"
        self.followed: list[int] = []
        self.subscribed = False
        self.dead: set[str] = set()  # endpoints that their push service has ended
        self.worker_addition = b""  # makes it another version of the worker
        self.signed_in = True
        self.site_map: Json = {
            "geofences": {"type": "FeatureCollection", "features": []},
            "stations": [],
            "herds": [],
        }
        self.drill: Json | None = None
        self.picture = b""
        self.tiles = b""
        self.resumed: list[str | None] = []  # from which event each stream went on
        self.hangs_on = "nothing"  # files whose name holds this never come
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
        app.router.add_post("/api/v1/alerts/{id}/glances", self._glance)
        app.router.add_post("/api/v1/reports", self._report)
        app.router.add_get("/api/v1/reach", self._reach)
        app.router.add_get("/api/v1/drills", self._drills)
        app.router.add_post("/api/v1/drills", self._drill)
        app.router.add_get("/api/v1/drills/{id}", self._drill)
        app.router.add_get("/api/v1/me/cell", self._cell)
        app.router.add_put("/api/v1/me/cell", self._cell)
        app.router.add_get("/api/v1/cells", self._cells)
        app.router.add_get("/api/v1/me/data", self._known)
        app.router.add_put("/api/v1/me/geofences", self._follow)
        app.router.add_delete("/api/v1/me", self._told)
        app.router.add_patch("/api/v1/me", self._told)
        app.router.add_post("/api/v1/session", self._told)
        app.router.add_delete("/api/v1/session", self._told)
        app.router.add_get("/api/v1/media/{sha256}", self._picture)
        app.router.add_get("/api/v1/tiles/{name}", self._tiles)
        app.router.add_get("/app/{path:.*}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    def hang_up(self) -> None:
        """End the live streams; apps come back by themselves."""
        for listener in self._listeners:
            listener.put_nowait(None)

    async def __aexit__(self, *_: object) -> None:
        self.hang_up()
        await self._runner.cleanup()

    def say(self, alert: Json) -> None:
        """Send an alert over the live stream."""
        self.alerts[alert["id"]] = alert
        for listener in self._listeners:
            listener.put_nowait(alert)

    async def _me(self, _: web.Request) -> web.Response:
        if not self.signed_in:
            return web.json_response({"error": "not_signed_in"}, status=401)
        person = {"id": "p1", "name": "Yan", "role": self.role, "language": "en"}
        site = {"id": "s", "name": "S", "latitude": 22.2, "longitude": 100.9, "timezone": "UTC"}
        phone = {"subscribed": self.subscribed, "last_reached_at": None}
        me = {"person": person, "site": site, "geofences": self._places(), "phone": phone}
        return web.json_response(me | {"vapid_public_key": self.sender_key})

    def _places(self) -> list[Json]:
        return [{"id": each, "name": f"Place {each}"} for each in self.followed]

    async def _follow(self, request: web.Request) -> web.Response:
        self.followed = (await request.json())["geofence_ids"]
        self.told.append((f"PUT {request.path}", {"geofence_ids": self.followed}))
        return web.json_response({"geofences": self._places()})

    async def _alerts(self, _: web.Request) -> web.Response:
        return web.json_response({"alerts": list(self.alerts.values()), "now": ago()})

    async def _map(self, _: web.Request) -> web.Response:
        return web.json_response(self.site_map)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.resumed.append(request.query.get("last_event_id"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": hello\n\n")
        listener: asyncio.Queue[Json | None] = asyncio.Queue()
        self._listeners.add(listener)
        try:
            while (alert := await listener.get()) is not None:
                event = f"id: {alert['id']}\nevent: alert\ndata: {json.dumps(alert)}\n\n"
                await response.write(event.encode())
        except ConnectionResetError:
            pass  # the page was closed or loaded anew
        finally:
            self._listeners.discard(listener)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        body: Json = await request.json()
        self.told.append((request.path, body))
        if self.failures:
            return web.json_response({"error": "busy"}, status=self.failures.popleft())
        self._maybe_cut(request)
        alert = self.alerts[request.match_info["id"]]
        answer = {k: body[k] for k in ("answer", "answered_at")} | {"person": "Yan"}
        changed = {"my_answer": body["answer"], "changed_at": ago()}
        self.alerts[alert["id"]] = alert | changed | {"answers": [*alert["answers"], answer]}
        return web.json_response(self.alerts[alert["id"]])

    async def _glance(self, request: web.Request) -> web.Response:
        self.glances.append((request.match_info["id"], (await request.json())["kind"]))
        return web.Response(status=204)

    async def _told(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        self.told.append((f"{request.method} {request.path}", body))
        return web.Response(status=204)

    async def _report(self, request: web.Request) -> web.Response:
        body: Json = await request.json()
        self.told.append((request.path, body))
        if self.failures:
            return web.json_response({"error": "busy"}, status=self.failures.popleft())
        self._maybe_cut(request)
        return web.json_response(body | {"believed": False}, status=201)

    def _maybe_cut(self, request: web.Request) -> None:
        if self.cuts and request.transport is not None:
            self.cuts -= 1
            request.transport.abort()

    async def _reach(self, _: web.Request) -> web.Response:
        kinds = {"Mai": "gone", "Bo": "proved", "Sao": "missed", "Old Zhang": "none"}
        said = {"Bo": ago(days=1), "Sao": ago(days=5)}
        people = [
            {"id": n, "name": name, "role": "villager", "follows": 1, "reach": kind}
            | {"bells": [a_bell(kind, said.get(name))] if kind != "none" else []}
            for n, (name, kind) in enumerate(kinds.items())
        ]
        counts = {"proved": 1, "unproved": 0, "missed": 1, "gone": 1, "none": 1}
        return web.json_response({"people": people, "counts": counts})

    async def _drills(self, _: web.Request) -> web.Response:
        return web.json_response({"drills": [self.drill] if self.drill else []})

    async def _drill(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            self.told.append((request.path, await request.json()))
        return web.json_response(self.drill)

    async def _cell(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response({"cell": None, "expires_at": None})
        body: Json = await request.json()
        self.told.append((f"PUT {request.path}", body))
        return web.json_response({"cell": body["cell"], "expires_at": ago(hours=-12)})

    async def _cells(self, _: web.Request) -> web.Response:
        cells = [["near", 22.2, 100.9], ["far", 22.3, 101.0]]
        return web.json_response({"cells": cells, "edge_m": 1406})

    async def _known(self, _: web.Request) -> web.Response:
        return web.json_response({"name": "Yan", "answers": 3, "cell": None, "contacts": []})

    async def _picture(self, _: web.Request) -> web.Response:
        return web.Response(body=self.picture, content_type="image/jpeg")

    async def _tiles(self, _: web.Request) -> web.Response:
        return web.Response(body=self.tiles)

    async def _subscription(self, request: web.Request) -> web.Response:
        body: Json = await request.json()
        self.told.append((f"{request.method} {request.path}", body))
        if request.method == "DELETE":
            return web.Response(status=204)
        return web.json_response({"was_gone": body["endpoint"] in self.dead})

    async def _delivery(self, request: web.Request) -> web.Response:
        self.told.append((request.path, await request.json()))
        return web.Response(status=204)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if self.hangs_on in request.path:
            await asyncio.Event().wait()
        path = DIST / (request.match_info["path"] or "index.html")
        if not path.is_file():
            return web.Response(status=404)
        response = web.Response(
            body=path.read_bytes() + (self.worker_addition if path.name == "sw.js" else b""),
            content_type=mimetypes.guess_type(path)[0] or "application/octet-stream",
            headers={"Content-Security-Policy": POLICY},
        )
        if path.parent.name == "assets":
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.enable_compression()  # as the real server does
        return response
