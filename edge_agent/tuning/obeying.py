"""Joins the tuning and the link: orders in, reports out, the broker and the budgets applied."""

import asyncio
from functools import partial

from edge_agent.contracts.configuration import Tunables
from edge_agent.contracts.topics import CONFIG_DESIRED, CONFIG_REPORTED
from edge_agent.link import Link
from edge_agent.settings import StationSettings
from edge_agent.tuning.rules import broker_of
from edge_agent.tuning.tuner import Tuner

_LOOK_EVERY_S = 1.0


def obey(tuner: Tuner, link: Link, settings: StationSettings) -> None:
    """Have the tuner hear the server's orders and answer them; before the link starts."""
    link.orders.hear(CONFIG_DESIRED, tuner.desire)
    link.hear_receipts(tuner.heard)
    tuner.begin(partial(_apply, link, settings), partial(link.tell, CONFIG_REPORTED))


async def guard(tuner: Tuner) -> None:
    """Watch that the station stays in reach of the server; until cancelled."""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        await asyncio.to_thread(tuner.check)


def _apply(link: Link, settings: StationSettings, counts: Tunables) -> None:
    link.use_broker(broker_of(settings, counts))
    link.health_every_s = counts.budgets.health_every_s
    link.use_budget(counts.budgets)
