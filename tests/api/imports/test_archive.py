import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidError
from api.imports.archive import Archive, TooBigError, leads_out
from api.imports.exif import taken_text


def _zip(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../evil.jpg", "a/../../evil.jpg", "/etc/passwd", "..\\evil.jpg", "C:/evil.jpg"]
)
def test_one_name_that_leads_out_refuses_the_whole_archive(name: str, tmp_path: Path) -> None:
    path = _zip(tmp_path, {"good.jpg": b"x", name: b"x"})

    with pytest.raises(InvalidError, match="leads out"):
        Archive(path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("picture.jpg")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(InvalidError, match="link"):
        Archive(path)


def test_a_small_file_that_unfolds_into_much_is_cut_off(tmp_path: Path) -> None:
    path = _zip(tmp_path, {"bomb.jpg": bytes(5_000_000)})
    assert path.stat().st_size < 10_000

    with Archive(path) as archive, pytest.raises(TooBigError):
        archive.read("bomb.jpg", most=1_000_000)


def test_a_folder_reads_as_an_archive_does(tmp_path: Path) -> None:
    (tmp_path / "cards" / "a").mkdir(parents=True)
    (tmp_path / "cards" / "a" / "1.jpg").write_bytes(b"one")
    (tmp_path / "cards" / "link.jpg").symlink_to("/etc/passwd")

    with Archive(tmp_path / "cards") as archive:
        assert [inside.name for inside in archive.files] == ["a/1.jpg"]
        assert archive.read("a/1.jpg", 10) == b"one"
        with pytest.raises(InvalidError, match="there is no"):
            archive.read("../x", 10)


@given(st.binary(max_size=400), st.binary(max_size=60), st.integers(0, 400))
def test_no_damaged_archive_is_more_than_an_error(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, middle: bytes, at: int
) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.jpg", junk)
    whole = target.getvalue()
    path = tmp_path_factory.mktemp("zip") / "in.zip"
    path.write_bytes(whole[:at] + middle + whole[at + len(middle) :])

    try:
        with Archive(path) as opened:
            for inside in opened.files:
                opened.read(inside.name, 1000)
    except InvalidError:
        pass


@given(st.text(max_size=40))
def test_what_is_not_said_to_lead_out_stays_inside(name: str) -> None:
    if not leads_out(name):
        assert (Path("/root/inside") / name).resolve().is_relative_to("/root/inside")


@given(st.binary(max_size=300))
def test_exif_of_anything_is_a_text_or_nothing(junk: bytes) -> None:
    exif = b"\xff\xd8\xff\xe1" + (len(junk) + 8).to_bytes(2) + b"Exif\x00\x00" + junk
    for picture in (junk, b"\xff\xd8" + junk, exif):
        assert isinstance(taken_text(picture), str | None)
