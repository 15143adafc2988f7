from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.outbox import Outbox
from edge_agent.spending import MB, DataBudget
from tests.edge_agent.builders import DUSK


class Clock:
    def __init__(self) -> None:
        self.now = DUSK

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db") as outbox:
        yield outbox


def test_a_day_s_data_are_used_up_and_the_next_day_has_its_own(outbox: Outbox) -> None:
    clock = Clock()
    budget = DataBudget(outbox, 1.0, now=clock)
    used_up = []
    for _ in range(3):
        used_up.append(budget.is_used_up)
        budget.spend(MB // 2)
    clock.now += timedelta(days=1)
    used_up.append(budget.is_used_up)

    assert used_up == [False, False, True, False]
    assert budget.spent_bytes == 0


def test_what_was_spent_is_spent_after_a_restart(outbox: Outbox) -> None:
    before = DataBudget(outbox, 1.0, now=Clock())
    before.spend(400_000)
    before.spend(49_999)  # noted with the next health message; a power cut would forget it
    after = DataBudget(outbox, 1.0, now=Clock())

    assert (before.spent_bytes, after.spent_bytes) == (449_999, 400_000)
    before.note()
    assert DataBudget(outbox, 1.0, now=Clock()).spent_bytes == 449_999


def test_a_link_that_is_not_metered_is_never_used_up(outbox: Outbox) -> None:
    budget = DataBudget(outbox, None, now=Clock())
    budget.spend(10**12)

    assert not budget.is_used_up
