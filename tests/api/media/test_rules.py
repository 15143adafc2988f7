from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.media.folder import MediaFolder
from api.media.rules import media_type_of


def webp(body: bytes) -> bytes:
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def test_the_two_kinds_of_pictures_are_known() -> None:
    assert media_type_of(b"\xff\xd8\xff\xe0..\xff\xd9") == "image/jpeg"
    assert media_type_of(webp(b"VP8 ...")) == "image/webp"


def test_a_torn_webp_is_none() -> None:
    assert media_type_of(webp(b"VP8 ....")[:-3]) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_judged_without_an_error(picture: bytes) -> None:
    assert media_type_of(b"<svg>" + picture) is None
    assert media_type_of(picture) in {None, "image/jpeg", "image/webp"}


def test_a_picture_that_could_not_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = MediaFolder(tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.keep("ab" * 32, b"picture")

    assert not folder.path_of("ab" * 32).exists()
    assert list(tmp_path.glob("part-*")) == []
