"""Other worlds than the one that is believed: what hangs on how herds walk and cameras see?"""

from datetime import timedelta
from enum import StrEnum

from api.bench.month.month import World
from api.bench.month.seeing import Eyes
from api.bench.month.walker import Temper


class WorldName(StrEnum):
    """What a world is asked for by."""

    BELIEVED = "believed"
    SLOW = "slow"  # 0.26 m/s
    FAST = "fast"  # 1.35 m/s
    OFF_TRAIL = "off-trail"
    FEW_CAMERAS = "few-cameras"
    FEWER_CAMERAS = "fewer-cameras"
    HALF_BLIND = "half-blind"
    RARE_PICTURES = "rare-pictures"
    MISCOUNTING = "miscounting"
    WRONG_CLOCKS = "wrong-clocks"
    MANY_BUSHES = "many-bushes"
    CROWDED = "crowded"
    LONELY = "lonely"
    NO_BEARINGS = "no-bearings"  # nobody has said where cameras look
    BRIEF_SIGHTS = "brief-sights"  # animals are followed for half as long


WORLDS: dict[WorldName, World] = {
    WorldName.BELIEVED: World(),
    WorldName.SLOW: World(Temper().at_pace(0.35)),
    WorldName.FAST: World(Temper().at_pace(1.8)),
    WorldName.OFF_TRAIL: World(Temper(off_trail=0.7)),
    WorldName.FEW_CAMERAS: World(eyes=Eyes(share=0.3)),
    WorldName.FEWER_CAMERAS: World(eyes=Eyes(share=0.6)),
    WorldName.HALF_BLIND: World(eyes=Eyes(sees=0.12, dead=0.15)),
    WorldName.RARE_PICTURES: World(eyes=Eyes(again_after=timedelta(minutes=10))),
    WorldName.MISCOUNTING: World(eyes=Eyes(miscounts=0.4)),
    WorldName.WRONG_CLOCKS: World(eyes=Eyes(clock_off_s=120)),
    WorldName.MANY_BUSHES: World(eyes=Eyes(phantoms_a_night=2)),
    WorldName.CROWDED: World(passages_a_day=1.2),
    WorldName.LONELY: World(passages_a_day=0.2),
    WorldName.NO_BEARINGS: World(eyes=Eyes(entered=0)),
    WorldName.BRIEF_SIGHTS: World(eyes=Eyes(followed_s=3)),
}
