"""The API's reference as one plain page: it works offline and under our own content policy."""

from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Trunkline API {version}</title>
<h1>Trunkline API {version}</h1>
<p>All shapes are in <a href="{openapi}">{openapi}</a>, for every OpenAPI tool. Errors are
<code>{{"error": "stable_code", "message": "one plain sentence"}}</code>.</p>
<table><thead><tr><th>Method<th>Path<th>What it does</thead><tbody>
{rows}
</tbody></table></html>"""


def add_reference(app: FastAPI) -> None:
    """Serve the page at `/api/docs`."""

    @app.get("/api/docs", include_in_schema=False)
    async def reference() -> HTMLResponse:
        return HTMLResponse(page_of(app.openapi(), app.openapi_url or ""))


def page_of(schema: dict[str, Any], openapi_url: str) -> str:
    """Return the page that lists every operation of an OpenAPI schema."""
    rows = [
        f"<tr><td><code>{escape(method.upper())}</code><td><code>{escape(path)}</code>"
        f"<td>{escape(operation.get('description', '').partition(chr(10))[0])}"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]
    version = escape(schema["info"]["version"])
    return _PAGE.format(version=version, openapi=escape(openapi_url), rows="\n".join(rows))
