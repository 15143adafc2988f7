"""What our commands share: options, how work is run, how a failure is said."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from api.errors import ExpectedError, SetUpError
from api.logs import start_logging
from api.settings import ServerSettings

_err = Console(stderr=True, highlight=False)
Result = TypeVar("Result")

DataDir = Annotated[
    Path | None, typer.Option(help="Folder for database, pictures, secrets [./trunkline-data]")
]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="postgresql+psycopg://…; SQLite in the data folder if absent")
]


def settings_from(**given: object) -> ServerSettings:
    """Return the settings, of which those given win; ends the command if one is wrong."""
    try:
        return ServerSettings.read(**given)
    except SetUpError as error:
        fail(str(error))


def work(task: Coroutine[Any, Any, None]) -> None:
    """Run a process until it is told to stop."""
    start_logging(settings_from().log_format)
    done(lambda: task)


def done(task: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Do one thing and return what came of it; what can be put right ends the command."""
    try:
        return asyncio.run(task())
    except (SetUpError, ExpectedError) as error:
        fail(str(error))
    except SQLAlchemyError as error:
        fail(f"the database refuses: {getattr(error, 'orig', None) or error}")


def tried(task: Callable[[], Result]) -> Result:
    """Do one thing that waits for nothing; what can be put right ends the command."""
    try:
        return task()
    except (SetUpError, ExpectedError) as error:
        fail(str(error))
    except (OSError, UnicodeDecodeError) as error:
        fail(f"that file cannot be read or written: {error}")


def fail(sentence: str) -> NoReturn:
    """End the command with one sentence for the person who typed it."""
    _err.print(f"trunkline-server: {sentence}", style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1)
