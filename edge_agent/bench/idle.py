"""What a stream costs in which nothing moves."""

from pathlib import Path

from detector.measuring import resident_mb
from edge_agent.bench.meter import Meter
from edge_agent.bench.rig import TimedNetwork, watch_of
from edge_agent.bench.still import draw_still
from edge_agent.camera_settings import VideoCameraSettings
from edge_agent.cameras.video import VideoCamera
from edge_agent.contracts.configuration import MotionSettings
from edge_agent.looking import Network, Thresholds
from edge_agent.motion import MotionGate
from edge_agent.outbox import Outbox

FPS = 5
SECONDS = 12
_SIZE_PX = (1920, 1080)


async def measure_idle(
    picture: Path, network: Network, thresholds: Thresholds, folder: Path
) -> dict[str, object]:
    """Play a still place for twelve seconds; decoding it is part of the cost."""
    clip = folder / "still.mp4"
    draw_still(picture, clip, size_px=_SIZE_PX, frames=FPS * SECONDS, fps=FPS)
    settings = VideoCameraSettings(kind="video", deployment_id="bench", path=str(clip), fps=FPS)
    timed = TimedNetwork(network)
    with Outbox(folder / "idle.db") as outbox:
        gate = MotionGate(MotionSettings())
        watch = watch_of(VideoCamera(settings), timed, thresholds, outbox, gate=gate)
        meter = Meter()
        await watch.watch()
        spent = meter.read()
        resident = resident_mb()
    return {
        "stream": f"{_SIZE_PX[0]}x{_SIZE_PX[1]} MPEG-4, {FPS} frames/s",
        "cpu_share": round(spent.cpu_s / spent.wall_s, 4),
        "looks": len(timed.took_s),
        "frames": FPS * SECONDS,
        "rss_mb": None if resident is None else round(resident),
    }
