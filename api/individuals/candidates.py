"""In which order to look through the catalogue: whose reference pictures an animal looks like.

`trunkline-detector appearance compare` says so, in a process of its own: the server has no network.
Likeness orders a list and decides nothing. Measured, an animal's surroundings lead back to the same
visit nearly as often as the animal does; the console says that beside the list.
"""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import InvalidError, NotFoundError
from api.individuals.tables import Individual, ReferencePicture
from api.media.folder import MediaFolder
from api.replay.looking import find_program
from api.tables import Detection

ELEPHANT = "elephant"
MOST_PICTURES = 200  # each takes about 20 ms; the newest are asked
ANSWERS_WITHIN_S = 60.0
Box = Sequence[float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the catalogue, and how alike (at most 1) the likest of so many pictures is."""

    individual_id: int
    likeness: float
    pictures: int


async def candidates(
    session: AsyncSession, media: MediaFolder, frame: Detection
) -> tuple[str, list[Candidate]]:
    """Return the release that compared, and the catalogue, the likest to the frame's animal first.

    Whoever has no picture to compare is left out. Pictures of the same event do not count: they are
    alike because it is the same minute.

    Raises:
        NotFoundError: the frame has no picture.
        InvalidError: nothing compares on this server, or it failed.
    """
    if frame.media_sha256 is None or not media.path_of(frame.media_sha256).is_file():
        raise NotFoundError("the server has no picture of this frame")
    known = await _pictures(session, frame)
    asked = [_question(media, frame, None)] + [_question(media, *each[1:]) for each in known]
    release, likeness = await compare(asked)
    found: dict[int, list[float]] = {}
    for (individual_id, _, _), value in zip(known, likeness[1:], strict=True):
        if value is not None:
            found.setdefault(individual_id, []).append(value)
    ranked = [Candidate(number, max(values), len(values)) for number, values in found.items()]
    return release, sorted(ranked, key=lambda each: -each.likeness)


async def compare(asked: Sequence[dict[str, Any]]) -> tuple[str, list[float | None]]:
    """Ask the command how alike pictures are to the first.

    Raises:
        InvalidError: it is not installed here, or fails.
    """
    command = find_program(), "appearance", "compare"
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            out, said = await process.communicate(json.dumps(asked).encode())
        answer = json.loads(out)
        return str(answer["release"]), list(answer["likeness"])
    except (TimeoutError, ValueError) as error:
        last = "it took too long" if isinstance(error, TimeoutError) else said.decode()[-300:]
        raise InvalidError(f"{command[0]} could not compare the pictures: {last}") from error
    finally:
        if process.returncode is None:
            process.kill()


async def _pictures(
    session: AsyncSession, frame: Detection
) -> list[tuple[int, Detection, Box | None]]:
    another_event = or_(Detection.event_id.is_(None), Detection.event_id != frame.event_id)
    wanted = (
        select(ReferencePicture.individual_id, Detection, ReferencePicture.box)
        .join(Individual, Individual.id == ReferencePicture.individual_id)
        .join(Detection, Detection.id == ReferencePicture.detection_id)
        .where(Individual.site_id == frame.site_id, Detection.media_sha256.is_not(None))
        .where(another_event)
        .order_by(ReferencePicture.id.desc())
        .limit(MOST_PICTURES)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(wanted)]


def _question(media: MediaFolder, frame: Detection, box: Box | None) -> dict[str, Any]:
    shown = box or surest_box(frame.animals) or (0.0, 0.0, 1.0, 1.0)
    return {"picture": str(media.path_of(frame.media_sha256 or "")), "box": list(shown)}


def surest_box(animals: Sequence[dict[str, Any]]) -> Box | None:
    """Return where the surest elephant of a frame is."""
    elephants = [each for each in animals if each["label"] == ELEPHANT]
    best = max(elephants, key=lambda each: each["confidence"], default=None)
    return None if best is None else best["box"]
