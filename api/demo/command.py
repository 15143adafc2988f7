"""`trunkline-server demo`: the whole way on one machine."""

import asyncio
import contextlib
import json
import logging
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.demo.broker import NoMosquittoError
from api.demo.show import invite, say
from api.demo.stations import FootageError
from api.demo.story import RELEASE, DemoError, Plan, night, send_the_herd, told_to_the_end
from api.demo.verdict import Verdict
from api.errors import ExpectedError

HEADLESS_FOLDER, LIVE_FOLDER = Path(".demo/headless"), Path(".demo/live")
USUAL_PORT = 8000
TIME_TO_OPEN_S = 15


def demo(
    headless: Annotated[
        bool, typer.Option(help="Play once as fast as possible, check it, print JSON.")
    ] = False,
    footage: Annotated[
        Path | None, typer.Option(help="Play these pictures or videos instead of the drill.")
    ] = None,
    lan: Annotated[
        bool, typer.Option(help="Let other devices in this network open the phone app.")
    ] = False,
    model: Annotated[str, typer.Option(help="A release of models/, or its folder.")] = RELEASE,
    broker: Annotated[
        Literal["embedded", "mosquitto"], typer.Option(help="Which broker carries the messages.")
    ] = "embedded",
    database_url: Annotated[
        str | None, typer.Option(help="An empty PostgreSQL database; SQLite if absent.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the phone app in the browser.")] = True,
) -> None:
    """Play the story: three stations, a herd by night, alerts, phones that answer.

    Everything runs on this machine: a real broker, detector, database and Web Push. Everything is
    marked as a drill.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    plan = Plan(
        folder=HEADLESS_FOLDER if headless else LIVE_FOLDER,
        say=say,
        speed=0 if headless else 1,
        footage=footage,
        http_port=0 if headless else USUAL_PORT,
        host="0.0.0.0" if lan else "127.0.0.1",  # noqa: S104  (asked for with --lan)
        release=model,
        with_mosquitto=broker == "mosquitto",
        database_url=database_url,
    )
    try:
        if headless:
            verdict = asyncio.run(_play_once(plan))
            typer.echo(json.dumps(verdict.as_json()))
            raise typer.Exit(0 if verdict.ok else 1)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_play_live(plan, opens_browser=browser))
    except (DemoError, FootageError, NoMosquittoError, ExpectedError) as error:
        typer.secho(f"the demo could not be played: {error}", fg="red", err=True)
        raise typer.Exit(1) from error


async def _play_once(plan: Plan) -> Verdict:
    async with night(plan) as running:
        send_the_herd(running)
        return await told_to_the_end(running)


async def _play_live(plan: Plan, *, opens_browser: bool) -> None:
    async with night(plan) as running:
        invite(running, opens_browser=opens_browser)
        say(f"Night falls. The herd comes in {TIME_TO_OPEN_S} seconds.")
        await asyncio.sleep(TIME_TO_OPEN_S)
        send_the_herd(running)
        verdict = await told_to_the_end(running)
        say(
            f"The herd has passed: {verdict.frames} frames, {verdict.detections} sightings, "
            f"{verdict.alerts} alerts, {verdict.pushes_decrypted} rings, {verdict.lost} lost."
        )
        say("Look around as long as you like; Ctrl-C ends the demo.")
        await asyncio.Event().wait()
