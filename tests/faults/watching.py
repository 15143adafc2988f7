"""Plays a camera's watch by hand."""

from collections.abc import AsyncGenerator

from edge_agent.camera_record import CameraRecord
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.contracts.vitals import CameraState


async def until(
    record: CameraRecord, frames: AsyncGenerator[Frame | BrokenFrame], state: CameraState
) -> None:
    """Hand the record what comes, as a camera's watch does, until it says so."""
    while True:
        frame = await anext(frames)
        if isinstance(frame, BrokenFrame):
            record.broke(frame)
        else:
            await record.came(frame)
            record.recovered()
        if record.health().state == state:
            return
