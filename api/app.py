"""The web application: routes, errors in one shape, and what Prometheus and a watchdog ask."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from api.alerts.routes import router as alerts
from api.audit.routes import router as audit
from api.cap.routes import router as cap
from api.changes.routes import router as changes
from api.deliveries.escalation_routes import router as escalation
from api.deliveries.routes import router as deliveries
from api.deliveries.store import states
from api.dependencies import API, Parts, ServerParts
from api.drills.routes import router as drills
from api.errors import ExpectedError, TooManyRequestsError
from api.events.routes import router as events
from api.exports.routes import router as exports
from api.findings.routes import router as findings
from api.fleet.operating_routes import router as operating
from api.fleet.routes import router as fleet
from api.fleet.upload_routes import router as release_uploads
from api.geofences.routes import router as geofences
from api.health import VERSION
from api.health import router as health_of
from api.herds.routes import router as herds
from api.hooks.routes import router as hooks
from api.imports.routes import router as imports
from api.individuals.routes import router as individuals
from api.jobs.routes import router as jobs
from api.layers.routes import router as layers
from api.ledger.routes import router as ledger
from api.media.routes import router as media
from api.people.attempts import WrongCodes
from api.people.contact_routes import router as contacts
from api.people.following_routes import router as following
from api.people.routes import router as people
from api.people.site_routes import router as site_people
from api.people.token_routes import router as tokens
from api.quarantine.routes import router as quarantine
from api.reach.routes import router as reach
from api.readings import readings_page
from api.reference import add_reference
from api.replay.routes import router as replays
from api.reports.routes import router as reports
from api.review.routes import router as review
from api.safety import Safety, refusal
from api.samples.routes import router as samples
from api.static_apps import add_web_apps
from api.stations.routes import router as stations
from api.tiles.folder import MEDIA_TYPE as TILES
from api.tiles.routes import router as tiles
from api.tuning.routes import router as tuning

_log = logging.getLogger(__name__)
_FEATURES = (
    people,
    site_people,
    audit,
    tokens,
    contacts,
    following,
    escalation,
    alerts,
    geofences,
    herds,
    changes,
    deliveries,
    media,
    events,
    samples,
    fleet,
    stations,
    quarantine,
    ledger,
    review,
    reports,
    reach,
    drills,
    tiles,
    cap,
    layers,
    tuning,
    hooks,
    operating,
    release_uploads,
    replays,
    individuals,
    jobs,
    exports,
    imports,
    findings,
)

around = APIRouter(tags=["server"])


def create_app(parts: Parts, *, health: Callable[[], dict[str, str]] = dict) -> FastAPI:
    """Put the application together; `health` tells what only the whole process knows."""
    app = FastAPI(
        title="Trunkline",
        version=VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere; ours is reference.py
        redoc_url=None,
    )
    app.state.parts = parts
    app.state.health = health
    app.state.wrong_codes = WrongCodes()
    for feature in _FEATURES:
        app.include_router(feature, prefix=API)
    for router in (health_of, around):
        app.include_router(router, prefix=API)
        app.include_router(router)
    add_reference(app)
    add_web_apps(app)
    app.add_exception_handler(ExpectedError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    # Weak links carry five times as much of it; pictures and streams stay as they are.
    unpacked = (*DEFAULT_EXCLUDED_CONTENT_TYPES, TILES)
    app.add_middleware(
        GZipMiddleware, minimum_size=1000, compresslevel=6, exclude_content_types=unpacked
    )
    app.add_middleware(Safety, public_url=parts.settings.url)
    return app


@around.get("/metrics")
async def metrics(parts: ServerParts) -> Response:
    """Return this process's counters, and gauges of the database, in Prometheus' format."""
    async with parts.database.reading() as session:
        page = parts.metrics.page(await states(session), disk_free=parts.media.free_bytes())
        page += await readings_page(session, parts.clock())
    return Response(page, media_type=CONTENT_TYPE_LATEST)


async def _expected(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ExpectedError)  # noqa: S101 - registered for nothing else
    response = refusal(error.status, error.code, str(error))
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body") or "the body"
    return refusal(422, "invalid", f"{where}: {first['msg']}")


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    status = HTTPStatus(error.status_code)
    return refusal(status, status.phrase.lower().replace(" ", "_"), str(error.detail))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return refusal(500, "internal", "something went wrong on the server; it has been logged")
