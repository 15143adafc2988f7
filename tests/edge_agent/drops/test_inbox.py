import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.cameras.camera import BrokenFrame
from edge_agent.cameras.exif import Position
from edge_agent.drops.content import UnfitContentError
from edge_agent.drops.inbox import InboxFullError
from tests.edge_agent.cameras.test_exif import exif_segment, gps_segment
from tests.edge_agent.drops.deliveries import a_picture, an_inbox, deliver


def with_segment(segment: bytes, *, seed: int = 0) -> bytes:
    jpeg = a_picture(seed)
    return jpeg[:2] + segment + jpeg[2:]


def test_what_is_accepted_waits_in_the_order_of_its_arrival(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path)
    for seed in (3, 1, 2):
        deliver(inbox, a_picture(seed), name="same.jpg")

    assert [d.path.read_bytes() for d in inbox.waiting()] == [a_picture(s) for s in (3, 1, 2)]
    assert not list((tmp_path / "arriving").iterdir())


def test_an_upload_that_is_not_accepted_is_never_seen(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path)
    arriving = inbox.begin("IMG.JPG")
    arriving.write(a_picture())
    arriving.close()

    assert inbox.waiting() == []
    after_a_power_cut = an_inbox(tmp_path)
    assert after_a_power_cut.waiting() == []
    assert not list((tmp_path / "arriving").iterdir()), "and it is cleared away"


def test_a_repeated_delivery_waits_once(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path)
    deliver(inbox, a_picture(), name="a.jpg")
    deliver(inbox, a_picture(), name="b.jpg")

    assert len(inbox.waiting()) == 1


@pytest.mark.parametrize("data", [b"", b"GIF89a", a_picture()[:-2], a_picture() * 40])
def test_what_is_not_fit_is_refused_and_told_once(tmp_path: Path, data: bytes) -> None:
    inbox = an_inbox(tmp_path, most_file_mb=0.02)

    with pytest.raises(UnfitContentError) as refused:
        deliver(inbox, data, name="bad\n.jpg")

    assert inbox.take_broken() == [BrokenFrame("bad.jpg", str(refused.value))]
    assert inbox.take_broken() == []
    assert not list((tmp_path / "arriving").iterdir())


def test_a_full_inbox_takes_nothing_until_something_was_looked_at(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path, most_waiting=1)
    deliver(inbox, a_picture(1))

    with pytest.raises(InboxFullError):
        inbox.begin("second.jpg")
    inbox.remove(inbox.waiting()[0])

    deliver(inbox, a_picture(2))


def test_a_full_disk_is_no_broken_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = an_inbox(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            deliver(inbox, a_picture())

    assert inbox.take_broken() == []
    deliver(inbox, a_picture())
    assert len(inbox.waiting()) == 1


def test_exif_is_believed_before_the_name_and_the_name_before_the_subject(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path, times=["%Y%m%d_%H%M%S", "%d.%m.%y %H:%M"], utc_offset_h=8)
    subject = "Motion 22.11.25 05:30"
    deliver(inbox, with_segment(exif_segment("2025:11:22 19:30:00")), name="20251122_190000.JPG")
    deliver(inbox, a_picture(1), name="IMG_20251122_190000.JPG", subject=subject)
    deliver(inbox, a_picture(2), name="IMG_0001.JPG", subject=subject)

    taken = [delivery.taken_at for delivery in inbox.waiting()]

    assert taken == [
        datetime(2025, 11, 22, 11, 30, tzinfo=UTC),
        datetime(2025, 11, 22, 11, 0, tzinfo=UTC),
        datetime(2025, 11, 21, 21, 30, tzinfo=UTC),
    ]


def test_without_a_time_of_its_own_a_picture_is_as_old_as_its_arrival(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path, times=["%Y%m%d%H%M"])
    deliver(inbox, a_picture(), name="999913451234.jpg")

    (delivery,) = inbox.waiting()

    assert delivery.taken_at == delivery.received_at
    assert abs(datetime.now(UTC) - delivery.received_at) < timedelta(minutes=1)


def test_the_place_a_camera_names_is_remembered(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path)
    deliver(inbox, with_segment(gps_segment()))
    deliver(inbox, a_picture(1))

    assert inbox.position == Position(-21.5, 101.25)
