"""A reviewed night goes out of one server and into another."""

from api.dependencies import Parts
from api.review.tables import EventReview
from api.tables import Alert, Event, Person
from tests.api.exports import night
from tests.api.exports.night import exported, imported, table
from tests.api.world import World


async def test_out_and_into_an_empty_server_are_the_same_observations(
    li: Person, parts: Parts, empty: tuple[Parts, Person, World], world: World
) -> None:
    package = await exported(parts, li, "camtrap_dp", exact_positions=True)
    other, ma, there = empty

    job = await imported(other, ma, package.read_bytes(), "camtrap_dp")
    again = await exported(other, ma, "camtrap_dp", exact_positions=True)

    assert (job.state, job.report["events"], job.report["pictures"]) == ("done", 6, 12)
    assert job.report["left_out"] == []
    for name in ("observations.csv", "media.csv", "deployments.csv"):
        before, after = table(package, name), table(again, name)
        for row in [*before, *after]:  # files are called by their new ids
            for column in ("filePath", "fileName", "locationID", "deploymentComments"):
                row.pop(column, None)
        assert night.without_names(after) == night.without_names(before), name
    held = [[r.verdict for r in await w.rows(EventReview) if r.verdict] for w in (world, there)]
    assert held[0] == held[1] == ["elephant", "nothing", "other_animal", "elephant", "unsure"]
    assert await there.rows(Alert) == []  # nobody was rung by it


async def test_the_same_import_twice_adds_nothing(
    li: Person, parts: Parts, empty: tuple[Parts, Person, World]
) -> None:
    package = (await exported(parts, li, "camtrap_dp")).read_bytes()
    other, ma, there = empty
    await imported(other, ma, package, "camtrap_dp")

    again = await imported(other, ma, package, "camtrap_dp")

    assert (again.report["events"], again.report["known_before"]) == (0, 12)
    assert len(await there.rows(Event)) == 6
