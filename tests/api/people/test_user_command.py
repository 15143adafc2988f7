from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app

RIGHT = "fig bamboo river 7\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = run(tmp_path, "site", "add", "valley", "--latitude", "21", "--longitude", "100")
    assert made.exit_code == 0, made.output
    return tmp_path


def run(folder: Path, *arguments: str, typed: str = "") -> Result:
    environment = {"TRUNKLINE_DATA_DIR": str(folder)}
    return CliRunner().invoke(app, list(arguments), env=environment, input=typed)


def test_a_user_is_added_listed_shut_out_and_let_in(folder: Path) -> None:
    added = run(folder, "user", "add", "Bo", "--site", "valley", "--role", "operator", typed=RIGHT)
    listed = run(folder, "user", "list", "--site", "valley")
    shut_out = run(folder, "user", "disable", "bo")
    marked = run(folder, "user", "list")
    let_in = run(folder, "user", "enable", "bo")

    assert [r.exit_code for r in (added, listed, shut_out, marked, let_in)] == [0] * 5
    assert listed.output == "bo\tvalley\toperator\tBo\n"
    assert "disabled" in marked.output


def test_the_same_name_twice_is_refused(folder: Path) -> None:
    run(folder, "user", "add", "bo", "--site", "valley", typed=RIGHT)
    again = run(folder, "user", "add", "BO", "--site", "valley", typed=RIGHT)

    assert again.exit_code == 1
    assert "already" in again.output


@pytest.mark.parametrize(
    ("typed", "said"), [("", "no password"), ("short\n", "10 to 200"), ("bobobobobobo\n", "easy")]
)
def test_a_password_that_will_not_do_is_refused_in_words(
    typed: str, said: str, folder: Path
) -> None:
    refused = run(folder, "user", "add", "bob", "--site", "valley", typed=typed)

    assert refused.exit_code == 1
    assert said in refused.output


def test_a_password_is_changed(folder: Path) -> None:
    run(folder, "user", "add", "bo", "--site", "valley", typed=RIGHT)

    changed = run(folder, "user", "password", "bo", typed="other bamboo 8\n")
    unknown = run(folder, "user", "password", "li", typed="other bamboo 8\n")

    assert (changed.exit_code, unknown.exit_code) == (0, 1)


def test_a_token_is_printed_once_and_only_within_the_role(folder: Path) -> None:
    run(folder, "user", "add", "bo", "--site", "valley", "--role", "ranger", typed=RIGHT)

    made = run(folder, "user", "token", "bo", "--scope", "alerts:read")
    refused = run(folder, "user", "token", "bo", "--scope", "people:invite")

    assert made.output.startswith("trk_")
    assert refused.exit_code == 1


def test_an_invitation_becomes_a_picture(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "poster.png"
    made = run(folder, "invite", "--site", "valley", "--qr", "--picture", str(picture))

    assert made.exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(made.output.splitlines()) > 15


def test_a_picture_of_another_kind_is_refused_before_the_invitation(folder: Path) -> None:
    refused = run(folder, "invite", "--site", "valley", "--picture", "poster.docx")

    assert refused.exit_code == 1
    assert "/join/" not in refused.output
