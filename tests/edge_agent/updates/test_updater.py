"""Good releases run; of bad ones eight kinds and more are refused or rolled back."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge_agent.contracts.updates import Step
from edge_agent.updates.second import Limits, Second
from edge_agent.updates.shelf import open_running
from tests.edge_agent.builders import wait_until
from tests.edge_agent.updates import networks
from tests.edge_agent.updates.bench import RUNNING, Bench, at_work
from tests.edge_agent.updates.networks import write_release
from tests.edge_agent.updates.release_server import (
    OTHER_KEY,
    SIGNED_AT,
    ReleaseServer,
    manifest_of,
    offer_of,
)

NEW = "tiny-0.2"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReleaseServer]:
    server = ReleaseServer(tmp_path / "published")
    yield server
    server.close()


def publish(server: ReleaseServer, data: bytes, **about: Any) -> Path:
    return write_release(server.folder, data, **about)


def assert_undisturbed(bench: Bench) -> None:
    """The running release has looked at every frame, and rightly, and still does."""
    bench.go_on_looking()
    assert bench.wrong == 0
    assert set(bench.looked_by) == {RUNNING}
    assert open_running(bench.settings).release.name == RUNNING, "also after a restart"


def test_a_good_release_is_tried_proven_and_runs_without_a_frame_lost(
    tmp_path: Path, server: ReleaseServer
) -> None:
    publish(server, networks.bright())
    with at_work(tmp_path) as bench:
        bench.offer(offer_of(manifest_of(server.folder), server.url))
        report = bench.end()
        bench.go_on_looking()

    assert bench.steps() == [None, Step.FETCHING, Step.TRIAL, Step.PROBATION, Step.RUNNING]
    assert (report.running, report.release) == (NEW, NEW)
    assert report.figures["frames"] >= 16
    assert bench.wrong == 0
    assert bench.looked_by[0] == RUNNING
    assert bench.looked_by[-1] == NEW
    assert open_running(bench.settings).release.name == NEW


def test_a_release_that_takes_frames_of_any_shape_runs_too(
    tmp_path: Path, server: ReleaseServer
) -> None:
    publish(server, networks.bright(side_px="any"), input_stride_px=32)
    with at_work(tmp_path) as bench:
        bench.offer(offer_of(manifest_of(server.folder), server.url))
        report = bench.end()

    assert report.step is Step.RUNNING
    assert bench.wrong == 0


def tampered_network(server: ReleaseServer) -> Any:
    publish(server, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url)
    path = server.folder / "tiny.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return offer


def tampered_manifest(server: ReleaseServer) -> Any:
    publish(server, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url)
    return offer.model_copy(update={"manifest": offer.manifest.replace(NEW, "tiny-0.3")})


def another_signer(server: ReleaseServer) -> Any:
    publish(server, networks.bright())
    return offer_of(manifest_of(server.folder), server.url, key=OTHER_KEY)


def cut_short_at_the_source(server: ReleaseServer) -> Any:
    publish(server, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url)
    path = server.folder / "tiny.onnx"
    path.write_bytes(path.read_bytes()[:-100])
    return offer


def another_machine(server: ReleaseServer) -> Any:
    publish(server, networks.bright())
    needs = {"architectures": ["pdp11"]}
    return offer_of(manifest_of(server.folder, needs=needs), server.url)


def a_told_opset_too_new(server: ReleaseServer) -> Any:
    publish(server, networks.future_opset())
    return offer_of(manifest_of(server.folder, needs={"opset": 99}), server.url)


def an_untold_opset_too_new(server: ReleaseServer) -> Any:
    publish(server, networks.future_opset())
    return offer_of(manifest_of(server.folder), server.url)


def another_shape(server: ReleaseServer) -> Any:
    publish(server, networks.bright(side_px=64))  # its description says 32
    return offer_of(manifest_of(server.folder), server.url)


def one_shape_for_any(server: ReleaseServer) -> Any:
    publish(server, networks.bright(side_px=64), input_size_px=64, input_stride_px=32)
    return offer_of(manifest_of(server.folder), server.url)


def a_class_it_has_not(server: ReleaseServer) -> Any:
    publish(server, networks.bright(), elephant=20)
    return offer_of(manifest_of(server.folder), server.url)


def failing_on_frames(server: ReleaseServer) -> Any:
    publish(server, networks.raising())
    return offer_of(manifest_of(server.folder), server.url)


def too_slow(server: ReleaseServer) -> Any:
    # About 400 ms a frame on the machine this was written on; half of that is allowed.
    publish(server, networks.slow(600))
    return offer_of(manifest_of(server.folder), server.url)


def hanging(server: ReleaseServer) -> Any:
    publish(server, networks.slow(1_000_000_000))
    return offer_of(manifest_of(server.folder), server.url)


def too_hungry(server: ReleaseServer) -> Any:
    publish(server, networks.hungry())
    return offer_of(manifest_of(server.folder), server.url)


def too_heavy(server: ReleaseServer) -> Any:
    publish(server, networks.bright())
    (server.folder / "extra.bin").write_bytes(bytes(2_000_000))
    return offer_of(manifest_of(server.folder), server.url)


def blind(server: ReleaseServer) -> Any:
    publish(server, networks.constant(0.0))
    return offer_of(manifest_of(server.folder), server.url)


def firing_always(server: ReleaseServer) -> Any:
    publish(server, networks.constant(0.9))
    return offer_of(manifest_of(server.folder), server.url)


BAD: list[tuple[Callable[[ReleaseServer], Any], str]] = [
    (tampered_network, "tiny.onnx is not the file that was signed: its checksum differs"),
    (tampered_manifest, "its signature is not of the release key and these bytes"),
    (another_signer, "its signature is not of the release key and these bytes"),
    (cut_short_at_the_source, "it was cut short or changed"),
    (another_machine, "it is for pdp11; this is"),
    (a_told_opset_too_new, "its opset 99 is too new for this runtime"),
    (an_untold_opset_too_new, "cannot be run as model.toml describes it"),
    (another_shape, "cannot be run as model.toml describes it"),
    (one_shape_for_any, "cannot be run as model.toml describes it"),
    (a_class_it_has_not, "which has no class 20"),
    (failing_on_frames, "indices element out of data bounds"),
    (too_slow, "it is too slow"),
    (too_hungry, "it took more than 300 MB of memory"),
    (too_heavy, "it weighs 2.0 MB; 1 are allowed"),
    (blind, "it is blind: it missed 3 of 3 frames"),
    (firing_always, "it sees elephants everywhere: in 4 of 4 frames"),
]


@pytest.mark.parametrize(("bad", "words"), BAD, ids=[bad.__name__ for bad, _ in BAD])
def test_a_bad_release_is_refused_and_the_running_one_undisturbed(
    tmp_path: Path, server: ReleaseServer, bad: Callable[[ReleaseServer], Any], words: str
) -> None:
    offer = bad(server)
    with at_work(tmp_path, most_mb=1) as bench:
        bench.offer(offer)
        report = bench.end()

        assert report.step is Step.REFUSED
        assert words in report.reason
        assert report.running == RUNNING
        assert_undisturbed(bench)


def test_a_release_that_hangs_is_ended(tmp_path: Path, server: ReleaseServer) -> None:
    # It hangs at its first look, when it is loaded: only the patience with starting ends it.
    publish(server, networks.slow(1_000_000_000))
    limits = Limits(slowest_ms=200, most_memory_mb=700, start_s=3)
    second = Second(server.folder, limits)

    with second, pytest.raises(Exception, match="it hung: no answer within its time"):
        second.open()

    assert second.process.returncode == -signal.SIGKILL


def test_a_release_whose_process_is_killed_in_its_trial_is_refused(
    tmp_path: Path, server: ReleaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, networks.bright())
    with at_work(tmp_path, trial_frames=100_000) as bench:
        seconds = spied(monkeypatch)
        bench.offer(offer_of(manifest_of(server.folder), server.url))
        wait_until(lambda: Step.TRIAL in bench.steps() and bool(seconds) and bool(seconds[0].name))
        os.kill(seconds[0].process.pid, signal.SIGSEGV)
        report = bench.end()

        assert (report.step, report.reason) == (Step.REFUSED, "its process died (signal 11)")
        assert_undisturbed(bench)


def test_an_offer_that_is_turned_away_has_no_part_in_the_figures_of_a_trial(
    tmp_path: Path, server: ReleaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, networks.bright())
    replayed = offer_of(
        manifest_of(server.folder, signed_at=SIGNED_AT - timedelta(days=1)), server.url
    )
    with at_work(tmp_path, trial_frames=100_000) as bench:
        seconds = spied(monkeypatch)
        bench.offer(offer_of(manifest_of(server.folder), server.url))
        wait_until(lambda: bool(seconds) and bool(seconds[0].name))
        bench.go_on_looking()
        bench.offer(replayed)
        refused = bench.reports[-1]

    assert (refused.offer, refused.step) == (replayed.digest, Step.REFUSED)
    assert refused.figures == {}


def test_a_release_that_dies_while_it_leads_loses_no_frame_and_is_rolled_back(
    tmp_path: Path, server: ReleaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server, networks.bright())
    with at_work(tmp_path) as bench:
        seconds = spied(monkeypatch)
        bench.offer(offer_of(manifest_of(server.folder), server.url))
        wait_until(lambda: NEW in bench.looked_by, 60)
        os.kill(seconds[0].process.pid, signal.SIGKILL)
        report = bench.end()
        bench.go_on_looking()

        assert (report.step, report.reason) == (Step.ROLLED_BACK, "its process died (signal 9)")
        assert (report.running, bench.looked_by[-1], bench.wrong) == (RUNNING, RUNNING, 0)
        assert open_running(bench.settings).release.name == RUNNING


def test_a_release_that_cannot_be_loaded_at_last_is_rolled_back(
    tmp_path: Path, server: ReleaseServer
) -> None:
    publish(server, networks.bright())
    with at_work(tmp_path) as bench:
        offer = offer_of(manifest_of(server.folder), server.url)
        folder = bench.settings.state_dir / "updates" / offer.digest[:16]
        bench.offer(offer)
        wait_until(lambda: NEW in bench.looked_by, 60)
        (folder / "tiny.onnx").write_bytes(b"the disk forgot")
        report = bench.end()

        assert report.step is Step.ROLLED_BACK
        assert "is damaged" in report.reason
        bench.go_on_looking()
        assert (bench.looked_by[-1], bench.wrong) == (RUNNING, 0)
        assert open_running(bench.settings).release.name == RUNNING


def spied(monkeypatch: pytest.MonkeyPatch) -> list[Second]:
    """Remember each second process that is started."""
    seconds: list[Second] = []
    original = Second.__init__

    def remember(self: Second, *given: Any, **named: Any) -> None:
        original(self, *given, **named)
        seconds.append(self)

    monkeypatch.setattr(Second, "__init__", remember)
    return seconds


def test_a_station_without_a_key_takes_nothing(tmp_path: Path, server: ReleaseServer) -> None:
    publish(server, networks.bright())
    with at_work(tmp_path, public_key=None) as bench:
        bench.offer(offer_of(manifest_of(server.folder), server.url))
        report = bench.end()

    assert "it takes no releases" in report.reason
    assert server.asked == []


def test_an_older_release_wants_to_be_signed_as_a_downgrade(
    tmp_path: Path, server: ReleaseServer
) -> None:
    publish(server, networks.bright(), name="tiny-0.0", created=date(2026, 10, 1))
    with at_work(tmp_path) as bench:
        bench.offer(offer_of(manifest_of(server.folder), server.url))
        refused = bench.end()
        later = SIGNED_AT + timedelta(hours=1)
        signed = manifest_of(server.folder, downgrade=True, signed_at=later)
        bench.offer(offer_of(signed, server.url))
        wait_until(lambda: bench.reports[-1].step is Step.RUNNING, 90)

    assert "older than tiny-0.1 of 2026-11-01, and is not signed as a downgrade" in refused.reason
    assert bench.reports[-1].running == "tiny-0.0"


def test_an_old_signature_is_not_taken_twice(tmp_path: Path, server: ReleaseServer) -> None:
    publish(server, networks.constant(0.0))
    blind_one = offer_of(manifest_of(server.folder), server.url)
    replayed = offer_of(
        manifest_of(server.folder, downgrade=True, signed_at=SIGNED_AT - timedelta(days=1)),
        server.url,
    )
    with at_work(tmp_path) as bench:
        bench.offer(blind_one)
        bench.end()
        asked = len(server.asked)
        bench.offer(replayed)
        wait_until(lambda: bench.reports[-1].offer == replayed.digest)

    assert "before the newest one taken here" in bench.reports[-1].reason
    assert len(server.asked) == asked


def test_a_doubled_offer_is_answered_and_not_tried_again(
    tmp_path: Path, server: ReleaseServer
) -> None:
    publish(server, networks.constant(0.0))
    offer = offer_of(manifest_of(server.folder), server.url)
    with at_work(tmp_path) as bench:
        bench.offer(offer)
        first = bench.end()
        said, asked = len(bench.reports), len(server.asked)
        bench.offer(offer)

        assert len(bench.reports) == said + 1
    assert (bench.reports[-1].step, bench.reports[-1].reason) == (first.step, first.reason)
    assert len(server.asked) == asked


def test_a_withdrawn_release_is_left_off_and_never_taken_after_a_restart(
    tmp_path: Path, server: ReleaseServer
) -> None:
    publish(server, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url)
    with at_work(tmp_path, trial_frames=100_000, trial_minutes=60) as bench:
        bench.offer(offer)
        wait_until(lambda: bench.reports[-1].step is Step.TRIAL)
        bench.offer(offer.without_signature())
        report = bench.end()
        assert_undisturbed(bench)
    with at_work(tmp_path) as bench:
        bench.offer(offer)
        again = bench.end()
        assert_undisturbed(bench)

    assert (report.step, report.reason) == (Step.REFUSED, "it was withdrawn")
    assert again.step is Step.REFUSED


def test_a_station_that_never_heard_of_a_withdrawn_release_takes_no_harm(
    tmp_path: Path, server: ReleaseServer
) -> None:
    publish(server, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url)
    with at_work(tmp_path) as bench:
        bench.offer(offer.without_signature())
        report = bench.end()
        assert_undisturbed(bench)

    assert (report.step, report.reason) == (Step.REFUSED, "it was withdrawn")
