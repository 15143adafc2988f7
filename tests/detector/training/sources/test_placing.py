from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from detector.training.sources.placing import FreeNames

names = st.one_of(st.text(max_size=30), st.text("./\\ aA-2", max_size=6))


@given(st.lists(names, max_size=12))
def test_names_are_plain_and_no_two_stems_are_equal(wanted: list[str]) -> None:
    free = FreeNames()

    given_out = [free.take(f"{name}.jpg") for name in wanted]

    stems = [PurePosixPath(name).stem.casefold() for name in given_out]
    assert len(set(stems)) == len(stems)
    for name in given_out:
        assert "/" not in name
        assert "\\" not in name
        assert not name.startswith(".")


def test_folders_become_part_of_the_name() -> None:
    names = FreeNames()

    assert names.take("../cam 1/IMG_1.JPG") == "cam_1__IMG_1.jpg"
    assert names.take("cam 1/IMG_1.png") == "cam_1__IMG_1-2.png"
