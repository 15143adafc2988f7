import pytest

from edge_agent.updates.judging import Evidence, Rules, fault_of, is_proven, unproven

RULES = Rules(slowest_ms=200, slower_at_most=4)


def seen(*, both: int = 0, missed: int = 0, none: int = 0, fired: int = 0) -> Evidence:
    evidence = Evidence()
    for count, running_saw, new_saw in (
        (both, True, True),
        (missed, True, False),
        (none, False, False),
        (fired, False, True),
    ):
        for _ in range(count):
            evidence.note(running_saw=running_saw, new_saw=new_saw)
    return evidence


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (seen(missed=2), None),
        (seen(missed=3), "it is blind"),
        (seen(both=3, missed=3), None),
        (seen(both=3, missed=4), "it is blind"),
        (seen(none=1, fired=2), None),
        (seen(none=2, fired=2), "everywhere"),
        (seen(none=7, fired=3), None),
    ],
    ids=[
        "too few to say",
        "blind",
        "half of them",
        "more than half",
        "too few empty ones",
        "fires",
        "sees a little more",
    ],
)
def test_one_odd_frame_is_no_fault_and_many_are(evidence: Evidence, words: str | None) -> None:
    reason = fault_of(evidence, RULES)

    assert (reason is None) == (words is None)
    assert words is None or words in str(reason)


def test_one_slow_frame_is_no_fault() -> None:
    evidence = seen(both=5)
    evidence.took_ms = [50, 50, 50, 50, 5000]

    assert fault_of(evidence, RULES) is None


def test_many_slow_frames_are_whether_absolutely_or_beside_the_other() -> None:
    evidence = seen(both=5)
    evidence.took_ms, evidence.running_ms = [201] * 5, [100] * 5
    assert fault_of(evidence, RULES) == "it is too slow: 201 ms a frame, 200 are allowed"

    evidence.took_ms, evidence.running_ms = [100] * 5, [20] * 5
    assert fault_of(evidence, RULES) == (
        "it is too slow: 100 ms a frame, the other release takes 20"
    )


def test_a_quiet_forest_ends_a_trial_but_proves_nothing_without_elephants() -> None:
    evidence = seen(none=5)

    assert not is_proven(evidence, RULES, is_time_over=False)
    assert is_proven(evidence, RULES, is_time_over=True)
    assert "sees elephants in 0 of 5 frames, 3 are needed" in str(unproven(evidence, RULES))
