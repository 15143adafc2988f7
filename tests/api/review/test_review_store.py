from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest

from api.errors import NotAllowedError, NotFoundError
from api.review import agreement, queue, site_rules, store
from api.review.queue import QueuedEvent, Wish
from api.review.rules import Consensus, Decision, ReviewState
from api.review.site_rules import Agreed
from api.review.sorting import sort_in
from api.review.store import NewLabel
from api.review.tables import EventReview, Label, Reading
from api.tables import Event, Person, Role, Site, Station
from edge_agent.contracts.ids import uuid7
from tests.api.world import DUSK, World, a_message, seen

ELEPHANT, NOTHING = Decision.ELEPHANT, Decision.NOTHING


async def reader(world: World, name: str = "Li", site_id: str = "valley") -> Person:
    person = Person(site_id=site_id, name=name, role=Role.RESEARCHER, joined_at=DUSK)
    await world.add(person)
    return person


async def an_event(world: World, station: Station | None = None, hours: float = 0) -> int:
    """Tell one sighting that is an event of its own; return the event's number."""
    at = DUSK + timedelta(hours=hours)
    await world.tell(station or world.ridge, a_message(captured_at=at))
    return max(event.id for event in await world.rows(Event))


async def say(
    world: World, who: Person, event_id: int, decision: Decision = ELEPHANT, **others: object
) -> str:
    key = str(uuid4())
    new = NewLabel(key=key, event_id=event_id, decision=decision, **others)  # type: ignore[arg-type]
    async with world.database.transaction() as session:
        await store.add_label(session, who, new, DUSK)
    return key


async def back(world: World, who: Person, key: str) -> None:
    async with world.database.transaction() as session:
        await store.take_back(session, who, str(uuid4()), key, DUSK)


async def asked(world: World, who: Person, **wish: object) -> Sequence[QueuedEvent]:
    async with world.database.transaction() as session:
        while await sort_in(session, who.site_id, 0.0):
            pass
        return await queue.next_events(session, who, Wish(**wish))  # type: ignore[arg-type]


async def two_readers_for_all(world: World, rule: Consensus = Consensus.MAJORITY) -> None:
    async with world.database.transaction() as session:
        await site_rules.set_rules(session, "valley", Agreed(1.0, rule))


async def test_the_same_label_twice_is_one(world: World) -> None:
    li, event_id = await reader(world), await an_event(world)
    new = NewLabel(key=str(uuid4()), event_id=event_id, decision=ELEPHANT)

    for _ in range(2):
        async with world.database.transaction() as session:
            await store.add_label(session, li, new, DUSK)

    assert len(await world.rows(Label)) == 1


async def test_nobody_can_speak_under_anothers_key(world: World) -> None:
    li, ma, event_id = await reader(world), await reader(world, "Ma"), await an_event(world)
    key = await say(world, li, event_id)

    with pytest.raises(NotAllowedError):
        async with world.database.transaction() as session:
            await store.add_label(session, ma, NewLabel(key, event_id, NOTHING), DUSK)


async def test_every_step_can_be_undone_and_every_row_stays(world: World) -> None:
    li, event_id = await reader(world), await an_event(world)
    keys = [await say(world, li, event_id, word) for word in (ELEPHANT, NOTHING, Decision.UNSURE)]

    held = []
    for key in reversed(keys):
        await back(world, li, key)
        held.append([row.decision for row in await world.rows(Reading)])

    assert held == [["nothing"], ["elephant"], []]
    assert len(await world.rows(Label)) == 6
    (review,) = await world.rows(EventReview)
    assert (review.state, review.readers, review.verdict) == ("open", 0, None)


async def test_a_label_keeps_what_the_network_had_said_then(world: World) -> None:
    li = await reader(world)
    message = a_message()
    await world.tell(world.ridge, message)
    (event,) = await world.rows(Event)
    await say(world, li, event.id)

    grown = a_message("elephant", "elephant", message_id=message.id, revision=2)
    await world.tell(world.ridge, grown)

    (label,) = await world.rows(Label)
    (frame,) = label.network
    assert (frame["revision"], len(frame["animals"]), frame["release"]) == (1, 1, "elephant-0.1")
    assert frame["animals"][0]["box"] == list(seen()["box"])
    assert (label.person_id, label.made_at) == (li.id, DUSK)


async def test_what_is_read_leaves_ones_queue_and_comes_back_by_undo(world: World) -> None:
    li, event_id = await reader(world), await an_event(world)
    key = await say(world, li, event_id)
    assert await asked(world, li) == []

    await back(world, li, key)

    assert [event.id for event in await asked(world, li)] == [event_id]


async def test_a_second_reader_is_blind_until_they_have_spoken(world: World) -> None:
    await two_readers_for_all(world)
    li, ma, event_id = await reader(world), await reader(world, "Ma"), await an_event(world)
    await say(world, li, event_id, ELEPHANT)

    (shown,) = await asked(world, ma)
    async with world.database.reading() as session:
        before = await queue.labels_of(session, ma, [event_id])
    await say(world, ma, event_id, NOTHING)
    async with world.database.reading() as session:
        after = await queue.labels_of(session, ma, [event_id])

    assert (shown.verdict, before) == (None, [])
    assert [label.reader for label in after] == ["Li", "Ma"]


async def test_a_dispute_comes_first_and_a_third_reader_ends_it(world: World) -> None:
    await two_readers_for_all(world)
    li, ma, wu = [await reader(world, name) for name in ("Li", "Ma", "Wu")]
    disputed = await an_event(world)
    await an_event(world, world.far, hours=3)
    await say(world, li, disputed, ELEPHANT, count=2)
    await say(world, ma, disputed, NOTHING)

    first, *_ = await asked(world, wu)
    await say(world, wu, disputed, ELEPHANT, count=4)

    assert (first.id, first.state, first.why[0]) == (disputed, ReviewState.DISPUTED, "disputed")
    review = next(row for row in await world.rows(EventReview) if row.event_id == disputed)
    assert (review.state, review.verdict, review.count) == ("done", "elephant", 2)


async def test_frames_one_by_one_make_the_events_word(world: World) -> None:
    li = await reader(world)
    frames = [a_message(captured_at=DUSK + timedelta(seconds=10 * n)) for n in range(3)]
    for frame in frames:
        await world.tell(world.ridge, frame)
    (event,) = await world.rows(Event)

    for frame, word in zip(frames, (NOTHING, ELEPHANT, NOTHING), strict=True):
        assert await world.rows(Reading) == []
        await say(world, li, event.id, word, detection_id=str(frame.id))

    (reading,) = await world.rows(Reading)
    assert reading.decision == "elephant"


async def test_another_sites_event_and_a_strange_frame_are_not_there(world: World) -> None:
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    stranger, li = await reader(world, "Ho", "hills"), await reader(world)
    event_id = await an_event(world)

    for who, frame in ((stranger, None), (li, str(uuid7()))):
        with pytest.raises(NotFoundError):
            await say(world, who, event_id, detection_id=frame)
    assert await world.rows(Label) == []


async def test_what_teaches_most_comes_first(world: World) -> None:
    li = await reader(world)
    sure, unsure = seen() | {"confidence": 0.99}, seen() | {"confidence": 0.41}
    for hours, animal in ((1, sure), (3, sure), (5, unsure)):
        at = DUSK + timedelta(hours=hours)
        await world.tell(world.ridge, a_message(captured_at=at, animals=[animal]))

    shown = await asked(world, li)

    assert [event.id for event in shown] == [3, 1, 2]
    assert shown[0].why == ["uncertain", "new_camera"]
    assert shown[1].why == ["new_camera", "new_night"]


async def test_drills_come_last_and_can_be_left_out(world: World) -> None:
    li = await reader(world)
    await world.tell(world.ridge, a_message(simulated=True))
    real = await an_event(world, world.far, hours=1)

    assert [event.simulated for event in await asked(world, li)] == [False, True]
    assert [event.id for event in await asked(world, li, drills=False)] == [real]


async def test_a_word_that_settles_is_no_evidence_of_agreement(world: World) -> None:
    await two_readers_for_all(world, Consensus.UNANIMOUS)
    li, ma = await reader(world), await reader(world, "Ma")
    for hours in (0, 2, 4):
        event_id = await an_event(world, hours=hours)
        await say(world, li, event_id, ELEPHANT)
        await say(world, ma, event_id, ELEPHANT if hours else NOTHING)
    await say(world, ma, 1, ELEPHANT, settles=True)

    async with world.database.reading() as session:
        found = await agreement.agreement(session, "valley")

    assert (found["events"], [pair.events for pair in found["pairs"]]) == (2, [2])
    done = [row.state for row in await world.rows(EventReview)]
    assert done == ["done"] * 3
