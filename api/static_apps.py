"""The two web apps as they were built at set-up; one plain page where one is missing."""

import re
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_NOT_BUILT = """<!doctype html><html lang="en"><title>Trunkline</title>
<h1>This app is not built yet</h1><p>Run <code>make web</code>, then start the server again.</p>"""


class WebApp(StaticFiles):
    """Built files: those with a hash in their name never change, all others are asked for anew."""

    def file_response(
        self, full_path: object, stat_result: object, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with a file, and say how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)  # type: ignore[arg-type]
        name = Path(str(full_path)).name
        for_ever = "/assets/" in str(full_path) and _HASHED.search(name)
        kept = "public, max-age=31536000, immutable" if for_ever else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


def add_web_apps(app: FastAPI) -> None:
    """Serve `/app/` and `/console/`, and lead `/` to the phone app."""
    _add(app, "/app", Path(str(files("mobile_push"))) / "pwa" / "dist")
    _add(app, "/console", Path(str(files("api"))) / "console" / "dist")

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/app/")


def _add(app: FastAPI, path: str, folder: Path) -> None:
    if (folder / "index.html").is_file():
        app.mount(path, WebApp(directory=folder, html=True), name=path.strip("/"))
        return

    @app.get(f"{path}/{{rest:path}}", include_in_schema=False)
    async def not_built(rest: str) -> Response:  # noqa: ARG001 - FastAPI hands it over
        return HTMLResponse(_NOT_BUILT, 503)
