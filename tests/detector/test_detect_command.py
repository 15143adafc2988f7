from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from detector.detect_command import CANNOT_START, INTERRUPTED, NOTHING_READ, detect
from detector.detecting import Look, look_at
from detector.megadetector import FailedResult, PictureResult, VideoResult, read_results
from detector.release import find_release

app = typer.Typer()
app.command()(detect)
runner = CliRunner()


def a_picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(path.suffix, np.full((48, 64, 3), 90, np.uint8))
    path.write_bytes(data.tobytes())
    return path


def a_card(folder: Path) -> Path:
    """What a memory card holds after a season: good pictures, torn ones, a clip."""
    good = a_picture(folder / "100MEDIA" / "good.jpg")
    a_picture(folder / "good.png")
    (folder / "torn.jpg").write_bytes(good.read_bytes()[:-20])
    (folder / "empty.jpg").touch()
    with (folder / "huge.jpg").open("wb") as huge:
        huge.truncate(50_000_000)
    video = cv2.VideoWriter(
        str(folder / "walk.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48)
    )
    for _ in range(4):
        video.write(np.full((48, 64, 3), 90, np.uint8))
    video.release()
    return folder


def test_a_whole_card_is_looked_through_whatever_is_torn(tmp_path: Path) -> None:
    card = a_card(tmp_path / "card")
    report, drawings = tmp_path / "results.json", tmp_path / "drawn"

    done = runner.invoke(
        app, [str(card), "--json", str(report), "--save", str(drawings), "--every", "2"]
    )

    assert done.exit_code == 0, done.output
    by_file = {result.file: result for result in read_results(report)}
    assert by_file["torn.jpg"] == FailedResult(
        "torn.jpg", "the JPEG is cut short: its end is missing"
    )
    assert by_file["empty.jpg"] == FailedResult("empty.jpg", "the file is empty")
    assert by_file["huge.jpg"] == FailedResult("huge.jpg", "50 MB, more than the 40 MB allowed")
    assert isinstance(by_file["100MEDIA/good.jpg"], PictureResult)
    clip = by_file["walk.avi"]
    assert isinstance(clip, VideoResult)
    assert clip.frames_processed == (0, 2)
    assert (drawings / "100MEDIA" / "good.jpg").is_file()
    assert (drawings / "good.png.jpg").is_file()
    assert "3 could not be read:" in done.output


def test_nothing_readable_is_a_failure(tmp_path: Path) -> None:
    done = runner.invoke(app, [str(tmp_path / "gone.jpg")])

    assert done.exit_code == NOTHING_READ
    assert "gone.jpg: there is no such file" in done.output


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    done = runner.invoke(app, [str(tmp_path)])

    assert done.exit_code == CANNOT_START
    assert "no picture or video" in done.output


def test_originals_are_never_overwritten_by_drawings(tmp_path: Path) -> None:
    picture = a_picture(tmp_path / "a.jpg")
    before = picture.read_bytes()

    done = runner.invoke(app, [str(tmp_path), "--save", str(tmp_path)])

    assert done.exit_code == CANNOT_START
    assert "would overwrite" in done.output
    assert picture.read_bytes() == before


def test_a_place_for_results_that_does_not_exist_is_noticed_before_the_work(
    tmp_path: Path,
) -> None:
    picture = a_picture(tmp_path / "a.jpg")

    done = runner.invoke(app, [str(picture), "--json", str(tmp_path / "gone" / "r.json")])

    assert done.exit_code == CANNOT_START
    assert "does not exist" in done.output


def test_a_damaged_model_is_told_in_a_sentence_without_a_traceback(tmp_path: Path) -> None:
    picture = a_picture(tmp_path / "a.jpg")
    release = find_release()
    copy = tmp_path / release.name
    copy.mkdir()
    for file in release.iterdir():
        if file.suffix in (".toml", ".onnx"):
            (copy / file.name).write_bytes(file.read_bytes())
    for network in copy.glob("*.onnx"):
        network.write_bytes(network.read_bytes()[:-1])

    done = runner.invoke(app, [str(picture), "--model", str(copy)])

    assert done.exit_code == CANNOT_START
    assert "is damaged: its checksum is" in done.output
    assert "fetch the release again" in done.output
    assert isinstance(done.exception, SystemExit)


def test_a_precision_that_the_release_does_not_have_is_refused(tmp_path: Path) -> None:
    picture = a_picture(tmp_path / "a.jpg")

    done = runner.invoke(app, [str(picture), "--model", "elephant-0.1", "--precision", "int8"])

    assert done.exit_code == CANNOT_START
    assert "elephant-0.1 has no int8 network" in done.output


def test_what_was_seen_before_an_interruption_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.jpg", "b.jpg"):
        a_picture(tmp_path / "card" / name)
    report = tmp_path / "results.json"

    def interrupted_at_b(*arguments: object) -> Look:
        looked = look_at(*arguments)  # type: ignore[arg-type]
        if looked.frame.file.name == "b.jpg":
            raise KeyboardInterrupt
        return looked

    monkeypatch.setattr("detector.detect_command.look_at", interrupted_at_b)

    done = runner.invoke(app, [str(tmp_path / "card"), "--json", str(report)])

    assert done.exit_code == INTERRUPTED
    assert [result.file for result in read_results(report)] == ["a.jpg"]
    assert "Stopped after 1 of 2 files" in done.output
