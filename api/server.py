"""Puts a server process together: the one place where all parts meet."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import uvicorn

from api import migrations
from api.app import create_app
from api.broker.embedded import EmbeddedBroker
from api.broker.external import ExternalBroker
from api.broker.gate import Gate
from api.broker.provider import BrokerAddress
from api.calm import calm_collector
from api.changes.watcher import watch
from api.channels.opening import open_channels
from api.channels.settings import ChannelSettings
from api.channels.siren import FindKey
from api.database import Database
from api.deliveries.reach import Reach
from api.dependencies import Parts, utc_now
from api.dispatch import MOST_AT_ONCE, Dispatcher
from api.errors import SetUpError
from api.fleet.rollouts import keep_rolling
from api.home_assistant import worker as home_assistant
from api.hooks.worker import HookTeller
from api.jobs.kinds import KINDS
from api.jobs.worker import work_on_jobs
from api.ledger.keeper import keep_chained
from api.ledger.signer import Signer
from api.ledger.signing import LedgerKey
from api.link import Link
from api.media.folder import MediaFolder
from api.people.rules import hash_of_token
from api.quarantine.refusals import Refusals
from api.second_try import inbox_with
from api.secret_files import open_data_dir, secret_from
from api.settings import ServerSettings
from api.stations.store import station_named
from api.tuning.work import keep_reports
from api.web_lines import ImpatientProtocol, allow_many_lines
from mobile_push.phone_address import EndpointPolicy
from mobile_push.public_resolver import PublicResolver
from mobile_push.vapid import VapidKeys
from mobile_push.web_push import WebPushChannel

_log = logging.getLogger(__name__)
_SAY_GOODBYE_WITHIN_S = 5
Worker = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every kind of process needs."""

    settings: ServerSettings
    database: Database
    parts: Parts
    vapid: VapidKeys


async def serve(
    settings: ServerSettings, *, migrate: bool, with_link: bool, with_dispatch: bool
) -> None:
    """Run API, link and dispatcher (and the embedded broker) until a signal comes.

    Raises:
        SetUpError: a port is taken, the database is not migrated, a secret is unreadable.
    """
    allow_many_lines()
    listening = _listen(settings)
    settings = settings.model_copy(update={"port": listening.getsockname()[1]})
    async with AsyncExitStack() as stack:
        stack.enter_context(listening)
        shop = await stack.enter_async_context(open_workshop(settings, migrate=migrate))
        web = _WebServer(shop, listening)
        workers: list[Worker] = [
            lambda: watch(shop.database, shop.parts.changed),
            lambda: keep_chained(shop.database, clock=shop.parts.clock),
            lambda: keep_rolling(shop.database, clock=shop.parts.clock),
            _signer(shop).run,
            lambda: keep_reports(shop.database, clock=shop.parts.clock),
            lambda: work_on_jobs(shop.parts, KINDS),
        ]
        broker = ExternalBroker(settings).address if settings.broker == "external" else None
        if with_link:
            refusals = Refusals(shop.database, shop.parts.metrics, clock=shop.parts.clock)
            broker = address = await stack.enter_async_context(_broker(shop, refusals))
            workers += [refusals.run, lambda: web.run_link(address)]
            workers += await _at_home(shop, address, stack)
        if with_dispatch:
            dispatcher = await stack.enter_async_context(_dispatcher(shop, broker))
            workers.append(dispatcher.run)
            workers.append((await stack.enter_async_context(_hooks(shop))).run)
        _log.info("Trunkline is open at %s", settings.url)
        await _until_signalled(web.run, workers, shop.parts)
    _log.info("stopped")


async def run_link(settings: ServerSettings, *, migrate: bool) -> None:
    """Run a link alone, beside an external broker, until a signal comes."""
    if settings.broker == "embedded":
        raise SetUpError("a link alone needs TRUNKLINE_BROKER=external and a broker to talk to")
    async with open_workshop(settings, migrate=migrate) as shop:
        refusals = Refusals(shop.database, shop.parts.metrics, clock=shop.parts.clock)
        async with _broker(shop, refusals) as address:
            link = _link(shop)
            share = settings.link_share

            async def work() -> None:
                await link.run(address, client_id=_client_id(shop), share=share)

            async with AsyncExitStack() as stack:
                at_home = await _at_home(shop, address, stack)
                await _until_signalled(_nothing, [work, *at_home], shop.parts)


async def run_dispatch(settings: ServerSettings, *, migrate: bool) -> None:
    """Run a dispatcher alone until a signal comes."""
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(open_workshop(settings, migrate=migrate))
        broker = ExternalBroker(settings).address if settings.broker == "external" else None
        dispatcher = await stack.enter_async_context(_dispatcher(shop, broker))
        hooks = await stack.enter_async_context(_hooks(shop))
        await _until_signalled(_nothing, [dispatcher.run, hooks.run], shop.parts)


@asynccontextmanager
async def open_workshop(settings: ServerSettings, *, migrate: bool) -> AsyncIterator[Workshop]:
    """Open the database, the secrets and the media folder; close the database at the end."""
    data_dir = open_data_dir(settings.data_dir)
    await ensure_migrated(settings, migrate=migrate)
    vapid = VapidKeys.load_or_create(data_dir / "vapid.pem", contact=settings.push_contact)
    database = Database(settings.database)
    parts = Parts(
        database=database,
        settings=settings,
        secret=secret_from(data_dir / "server.secret"),
        vapid_public_key=vapid.public_key,
        media=MediaFolder(settings.media_folder),
        ledger_key=LedgerKey.load_or_create(data_dir),
        channels=ChannelSettings.from_file(
            settings.channels, EndpointPolicy(frozenset(settings.push_allowed_origins))
        ),
    )
    try:
        yield Workshop(settings, database, parts, vapid)
    finally:
        await database.close()


async def ensure_migrated(settings: ServerSettings, *, migrate: bool) -> None:
    """Bring SQLite to the newest shape; PostgreSQL only when told to: others may be using it.

    Raises:
        SetUpError: the database has another shape than this server wants.
    """
    url = settings.database
    if migrate or url.startswith("sqlite"):
        await asyncio.to_thread(migrations.upgrade, url)
        return
    revision = await asyncio.to_thread(migrations.current, url)
    if revision != migrations.newest():
        raise SetUpError(
            f"the database is at revision {revision or 'none'}, this server wants "
            f"{migrations.newest()}; run `trunkline-server migrate` first, or add --migrate"
        )


@asynccontextmanager
async def opened_database(settings: ServerSettings) -> AsyncIterator[Database]:
    """Open the database for one command, in the shape we want, and close it at the end.

    Raises:
        SetUpError: PostgreSQL has another shape.
    """
    open_data_dir(settings.data_dir)
    await ensure_migrated(settings, migrate=False)
    database = Database(settings.database)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _broker(shop: Workshop, refusals: Refusals) -> AsyncIterator[BrokerAddress]:
    settings = shop.settings
    if settings.broker == "external":
        async with ExternalBroker(settings).open() as address:
            yield address
        return
    password = secret_from(settings.data_dir / "broker.secret").hex()

    gate = Gate(password, _key_finder(shop.database), on_refusal=refusals.note)
    embedded = EmbeddedBroker(
        settings.broker_host, settings.broker_port, gate, server_password=password
    )
    async with embedded.open() as address:
        _log.info("the embedded broker listens on %s:%s", settings.broker_host, address.port)
        yield address


def _key_finder(database: Database) -> FindKey:
    async def find_key(site_id: str, station_id: str) -> bytes | None:
        async with database.reading() as session:
            station = await station_named(session, (site_id, station_id))
        return station.key if station else None

    return find_key


@asynccontextmanager
async def _dispatcher(shop: Workshop, broker: BrokerAddress | None) -> AsyncIterator[Dispatcher]:
    settings = shop.settings
    origins = frozenset(settings.push_allowed_origins)
    policy = EndpointPolicy(origins)
    hosts = frozenset(urlsplit(origin).hostname or "" for origin in origins)
    connector = aiohttp.TCPConnector(
        limit=MOST_AT_ONCE, resolver=PublicResolver(allowed_hosts=hosts)
    )
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        open_channels(
            shop.parts.channels,
            session,
            policy=policy,
            public_url=settings.url,
            broker=broker,
            find_key=_key_finder(shop.database),
        ) as others,
    ):
        channel = WebPushChannel(shop.vapid, session, policy=policy)
        if settings.reach_only is not None:
            _log.warning("test mode: only %s are reached", ", ".join(settings.reach_only) or "none")
        yield Dispatcher(
            shop.database,
            {"web_push": channel, **others},
            secret=shop.parts.secret,
            reach=_reach(settings),
            wake=shop.parts.deliveries_due,
            clock=utc_now,
        )


@asynccontextmanager
async def _hooks(shop: Workshop) -> AsyncIterator[HookTeller]:
    settings = shop.settings
    origins = frozenset(settings.hook_allowed_origins)
    hosts = frozenset(urlsplit(origin).hostname or "" for origin in origins)
    connector = aiohttp.TCPConnector(resolver=PublicResolver(allowed_hosts=hosts))
    async with aiohttp.ClientSession(connector=connector) as session:
        yield HookTeller(
            shop.database,
            session,
            secret=shop.parts.secret,
            policy=EndpointPolicy(origins),
            reach=_reach(settings),
            clock=utc_now,
        )


def _reach(settings: ServerSettings) -> Reach:
    return Reach(frozenset(settings.reach_only) if settings.reach_only is not None else None)


def _link(shop: Workshop) -> Link:
    return Link(
        shop.database,
        inbox_with(shop.settings, shop.parts.media),
        shop.parts.metrics,
        clock=shop.parts.clock,
        after_commit=shop.parts.wake_everyone,
    )


async def _at_home(shop: Workshop, broker: BrokerAddress, stack: AsyncExitStack) -> list[Worker]:
    prefix = shop.settings.home_assistant
    if not prefix:
        return []
    telling = home_assistant.opened(broker, shop.database, prefix, utc_now)
    return [(await stack.enter_async_context(telling)).run]


def _signer(shop: Workshop) -> Signer:
    parts = shop.parts
    return Signer(shop.database, parts.ledger_key, shop.settings.data_dir, clock=parts.clock)


def _client_id(shop: Workshop) -> str:
    """Return a name that stays, so that a broker keeps our session, and that nobody guesses."""
    if shop.settings.link_share is not None:
        return ""  # one of many: the broker names it, and keeps nothing for it
    return f"link-{hash_of_token(shop.parts.secret.hex() + 'link')[:18]}"


class _WebServer:
    def __init__(self, shop: Workshop, listening: socket.socket) -> None:
        self._shop = shop
        self._listening = listening
        self._link: Link | None = None
        parts = shop.parts
        app = create_app(parts, health=self._health)
        config = uvicorn.Config(
            app,
            http=ImpatientProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SAY_GOODBYE_WITHIN_S,
        )
        self._uvicorn = _Uvicorn(config)

    async def run_link(self, address: BrokerAddress) -> None:
        self._link = _link(self._shop)
        share = self._shop.settings.link_share
        await self._link.run(address, client_id=_client_id(self._shop), share=share)

    async def run(self) -> None:
        serving = asyncio.create_task(self._uvicorn.serve(sockets=[self._listening]))
        await self._shop.parts.closing.wait()
        self._uvicorn.should_exit = True
        await serving

    def _health(self) -> dict[str, str]:
        if self._link is None:
            return {}
        return {
            "broker": "connected" if self._link.is_connected else "disconnected",
            "storing": "ok" if self._link.is_storing else "failing",
        }


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to us: uvicorn would end the process before the link has stopped."""
        yield


async def _until_signalled(main: Worker, workers: Sequence[Worker], parts: Parts) -> None:
    """Run all until SIGTERM or SIGINT; a worker that fails takes the process down, loudly."""
    calm_collector()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, parts.closing.set)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(worker()) for worker in workers]
        first = tasks.create_task(main())
        await parts.closing.wait()
        _log.info("stopping")
        if not first.done():
            await asyncio.wait({first}, timeout=2 * _SAY_GOODBYE_WITHIN_S)
        for task in (first, *running):
            task.cancel()


async def _nothing() -> None:
    """A process without a web server ends when its workers are told to."""


def _listen(settings: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=512)
    except OSError as error:
        raise SetUpError(
            f"cannot listen on {settings.host}:{settings.port} ({os.strerror(error.errno or 0)}); "
            "stop what uses that port, or choose another with --port"
        ) from error
