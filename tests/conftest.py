import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Mosquitto, mosquitto_program
from tests.private_postgres import PrivatePostgres, new_database, newest_bin


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI every program is there: a skip there would be a test that nobody runs."""
    report = yield
    skipped = call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception)
    if skipped and os.environ.get("TRUNKLINE_NO_SKIPS"):
        report.outcome = "failed"
    return report


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Start brokers with a test's own options; all are stopped after it."""
    program = mosquitto_program()
    if program is None:
        pytest.skip("Mosquitto is not installed")
    started: list[Mosquitto] = []

    def start(**options: Any) -> Mosquitto:
        broker = Mosquitto(program, tmp_path / f"mosquitto-{len(started)}", **options)
        started.append(broker)
        broker.start()
        return broker

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture
def mosquitto(start_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """A running broker that lets everybody in: `mosquitto.host`, `mosquitto.port`."""
    return start_mosquitto()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server, without a database; ours unless the environment names one."""
    given = os.environ.get("TRUNKLINE_TEST_POSTGRES_URL")
    if given:
        yield given.rstrip("/")
        return
    programs = newest_bin()
    if programs is None:
        pytest.skip("PostgreSQL is not installed, and TRUNKLINE_TEST_POSTGRES_URL is not set")
    with PrivatePostgres(programs) as server:
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of the test's own."""
    with new_database(postgres_server) as url:
        yield url
