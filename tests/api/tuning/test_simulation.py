import json

from typer.testing import CliRunner

from api.cli import app
from api.tuning.rules import Promise
from api.tuning.simulation import contest, promises_kept


def test_a_promise_is_kept_by_94_percent_of_500_recommendations() -> None:
    kept = promises_kept(500, days=250, promise=Promise(), seed=11)

    assert kept.recommended == 500
    assert kept.share >= 0.94


def test_the_promise_is_no_idle_one() -> None:
    """With little evidence some recommendations are wrong; a rule that never errs would be idle."""
    kept = promises_kept(200, days=200, promise=Promise(one_in_days=60, confidence=0.6), seed=3)

    assert 0 < kept.broken / kept.cameras < 0.4


def test_own_thresholds_and_masks_spare_60_percent_of_the_false_alarms() -> None:
    found = [contest(20, 120, seed) for seed in range(4)]

    fewer = 1 - sum(c.false_per_day for c in found) / sum(c.false_per_day_with_one for c in found)
    assert fewer >= 0.6
    assert min(each.fewer for each in found) >= 0.4


def test_the_command_prints_what_held_as_json() -> None:
    done = CliRunner().invoke(
        app, ["tuning", "simulate", "--runs", "20", "--sites", "1", "--quiet"]
    )

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["promises"]["recommended"] == 20
    assert 0 <= told["fewer_false_alarms"]["with_masks"] <= 1
