import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.megadetector import (
    About,
    FailedResult,
    PictureResult,
    Result,
    UnreadableResultsError,
    VideoResult,
    from_batch,
    read_results,
    to_batch,
    write_results,
)

ABOUT = About(
    detector="elephant-0.1",
    completed_at=datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
    thresholds={Lighting.DAY: 0.4, Lighting.NIGHT_IR: 0.35, Lighting.THERMAL: 0.5},
    floor=0.05,
)
AN_ELEPHANT = Detection(Label.ELEPHANT, 0.91, BoundingBox(0.1, 0.2, 0.3, 0.4))

# What the format keeps: five decimals.
fractions = st.integers(0, 100_000).map(lambda units: units / 100_000)
detections = st.builds(
    Detection,
    st.sampled_from(Label),
    fractions,
    st.builds(BoundingBox, fractions, fractions, fractions, fractions),
)
frame_numbers = st.integers(0, 10_000)
results = st.one_of(
    st.builds(PictureResult, st.text(), st.lists(detections).map(tuple)),
    st.builds(
        VideoResult,
        st.text(),
        st.floats(0.1, 240),
        st.lists(frame_numbers).map(tuple),
        st.lists(st.tuples(frame_numbers, detections)).map(tuple),
    ),
    st.builds(FailedResult, st.text(), st.text()),
)


@given(st.lists(results, max_size=6))
def test_what_is_written_is_read_back(batch: list[Result]) -> None:
    assert from_batch(json.dumps(to_batch(batch, ABOUT)).encode()) == batch


def test_the_file_is_what_other_tools_expect(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    batch: list[Result] = [
        PictureResult("a.jpg", (AN_ELEPHANT,)),
        PictureResult("empty.jpg"),
        FailedResult("torn.jpg", "the JPEG is cut short: its end is missing"),
        VideoResult("walk.mp4", 20.0, (0, 20), ((20, AN_ELEPHANT),)),
    ]

    write_results(path, batch, ABOUT)

    written = json.loads(path.read_text())
    seen = {"category": "4", "conf": 0.91, "bbox": [0.1, 0.2, 0.3, 0.4]}
    assert written["info"]["format_version"] == "1.6"
    assert written["info"]["detection_completion_time"] == "2026-11-22 18:30:00"
    assert written["info"]["detector_metadata"]["typical_detection_threshold"] == 0.35
    assert written["detection_categories"] == {
        "1": "animal",
        "2": "person",
        "3": "vehicle",
        "4": "elephant",
    }
    assert written["images"] == [
        {"file": "a.jpg", "detections": [seen]},
        {"file": "empty.jpg", "detections": []},
        {
            "file": "torn.jpg",
            "failure": "the JPEG is cut short: its end is missing",
            "detections": None,
        },
        {
            "file": "walk.mp4",
            "frame_rate": 20.0,
            "frames_processed": [0, 20],
            "detections": [{**seen, "frame_number": 20}],
        },
    ]
    assert read_results(path) == batch


def test_another_tools_numbers_are_read_by_their_names_and_unknown_names_are_nothing_seen() -> None:
    theirs = {
        "info": {"format_version": "1.5", "detector": "md_v5a.0.0.pt"},
        "detection_categories": {"7": "Animal", "8": "blimp"},
        "images": [
            {
                "file": "a.jpg",
                "max_detection_conf": 0.9,
                "detections": [
                    {"category": "7", "conf": 0.9, "bbox": [0, 0, 1, 1], "classifications": []},
                    {"category": "8", "conf": 0.8, "bbox": [0, 0, 1, 1]},
                    {"category": "9", "conf": 0.7, "bbox": [0, 0, 1, 1]},
                ],
                "failure": None,
            }
        ],
    }

    (result,) = from_batch(json.dumps(theirs).encode())

    assert result == PictureResult(
        "a.jpg", (Detection(Label.ANIMAL, 0.9, BoundingBox(0, 0, 1, 1)),)
    )


@given(st.one_of(st.binary(), st.text().map(lambda text: json.dumps(text).encode())))
def test_anything_else_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableResultsError, match="not MegaDetector's batch format"):
        from_batch(data)


def test_the_refusal_says_where() -> None:
    bad = to_batch([PictureResult("a.jpg", (AN_ELEPHANT,))], ABOUT)
    bad["images"][0]["detections"][0]["conf"] = 7

    with pytest.raises(UnreadableResultsError, match=r"images\.0\.detections\.0\.conf"):
        from_batch(json.dumps(bad).encode())


def test_a_failed_write_leaves_the_earlier_results(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, [PictureResult("a.jpg")], ABOUT)
    (tmp_path / "results.json.partial").mkdir()

    with pytest.raises(OSError, match="results"):
        write_results(path, [], ABOUT)

    assert read_results(path) == [PictureResult("a.jpg")]
