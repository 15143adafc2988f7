"""`make faults`: a simulated night in which station, server, broker and database are killed.

Everything is real: stations with the committed release, the embedded broker with SQLite, then
Mosquitto with PostgreSQL, Web Push to phones in software. Only the pictures are drawn. At the end
everything drains, and what stations and phones know is held against the database, by id.
"""

import argparse
import asyncio
import json
import logging
import math
import os
import signal
import sys
import time
from collections.abc import Callable

from api.demo.story import DRILL, RELEASE
from tests.brokers import mosquitto_program
from tests.faults.acts import ALONE, Plan, play
from tests.faults.card import Picture, sure_pictures
from tests.faults.killing import SHARES, shares_of, shares_with
from tests.faults.truth import Verdict, together
from tests.private_postgres import newest_bin

ALONE_SHARE = 0.3
SET_UP_S, DRAIN_S = 180.0, 420.0

Say = Callable[[str], None]


def main() -> int:
    """Play the night; print one JSON object as the last line. 0 if every promise held, else 1."""
    asked = _arguments()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    began_s = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began_s:6.0f} s  {line}\n")
        sys.stderr.flush()

    try:
        verdict = asyncio.run(_night(asked, say))
    except (TimeoutError, RuntimeError, asyncio.CancelledError, KeyboardInterrupt) as error:
        trouble = f"the night did not come to its end ({type(error).__name__}: {error})"
        verdict = Verdict({}, 0, 0, 0, 0, 0, (trouble,))
    for trouble in verdict.troubles:
        say(f"trouble: {trouble}")
    sys.stdout.write(json.dumps(verdict.as_json()) + "\n")
    return 0 if verdict.ok else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many in all (200)")
    parser.add_argument("--every-s", type=float, default=3.0, help="seconds between two (3)")
    parser.add_argument(
        "--station", type=int, default=None, help="how many of them the stations (half)"
    )
    parser.add_argument(
        "--each", type=int, default=None, help="everybody equally, and each so often at least"
    )
    parser.add_argument(
        "--only", nargs="+", choices=list(SHARES), default=None, help="nobody else, equally often"
    )
    parser.add_argument("--seed", type=int, default=None, help="repeats whom and when")
    asked = parser.parse_args()
    if asked.kills < 1 or asked.every_s <= 0:
        parser.error("kills and the seconds between them are more than nothing")
    if asked.station is not None and not 0 <= asked.station <= asked.kills:
        parser.error(f"--station is at most all {asked.kills} kills")
    if asked.each is not None and asked.each < 1:
        parser.error("--each is at least 1")
    if sum(wish is not None for wish in (asked.each, asked.only, asked.station)) > 1:
        parser.error("--each, --only and --station all say whom: one of them")
    if asked.each is not None:
        asked.kills = math.ceil(asked.each * len(SHARES) / (1 - ALONE_SHARE))
    if asked.seed is None:
        asked.seed = int.from_bytes(os.urandom(3), "big")
    return asked


async def _night(asked: argparse.Namespace, say: Say) -> Verdict:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    say(f"looking at the card's pictures with {RELEASE}; the seed is {asked.seed}")
    pictures = await asyncio.to_thread(sure_pictures, DRILL, RELEASE)
    acts = []
    for plan in _plans(asked, pictures, say):
        say(f"{plan.name}: {plan.kills} kills of {', '.join(plan.kinds)}")
        async with asyncio.timeout(SET_UP_S + DRAIN_S + 3 * plan.kills * plan.every_s):
            acts.append(await play(plan))
        say(f"{plan.name}: {json.dumps(acts[-1].as_json())}")
    return together(acts)


def _plans(asked: argparse.Namespace, pictures: list[Picture], say: Say) -> list[Plan]:
    programs = newest_bin() if mosquitto_program() is not None else None
    if programs is None:
        words = "Mosquitto or PostgreSQL is not installed (apt install mosquitto postgresql)"
        if os.environ.get("TRUNKLINE_NO_SKIPS") or not set(asked.only or ALONE) & set(ALONE):
            sys.exit(words)
        say(f"{words}: the act with them is left out")
    alone = asked.kills if programs is None else max(1, round(asked.kills * ALONE_SHARE))
    if asked.only is not None and not set(asked.only) & set(ALONE):
        alone = 0
    shares = SHARES
    if asked.station is not None:
        shares = shares_with(asked.station / asked.kills)
    elif asked.each is not None or asked.only is not None:
        shares = shares_of(asked.only or list(SHARES))
    common = {
        "shares": shares,
        "every_s": asked.every_s,
        "seed": asked.seed,
        "pictures": pictures,
        "say": say,
    }
    plans = [Plan("one process", alone, **common)] if alone else []
    if alone < asked.kills:
        rest = asked.kills - alone
        plans.append(Plan("many processes", rest, **common, postgres_programs=programs))
    return plans


if __name__ == "__main__":
    sys.exit(main())
