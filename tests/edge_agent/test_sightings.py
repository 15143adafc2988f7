from datetime import timedelta

from edge_agent.confirmation import Confirmation
from edge_agent.looking import Look
from edge_agent.sightings import Sighting, Sightings
from tests.edge_agent.builders import a_look


def sightings(*, needed: int = 1, revise_every_s: float = 0) -> Sightings:
    return Sightings(
        Confirmation(needed=needed, out_of=4),
        silence=timedelta(seconds=60),
        revise_every=timedelta(seconds=revise_every_s),
    )


def told(book: Sightings, *looks: Look) -> list[Sighting]:
    return [sighting for look in looks for sighting in book.saw(look)]


def test_a_sighting_is_told_with_the_frame_that_confirms_it() -> None:
    book = sightings(needed=2)

    assert not book.saw(a_look(0.8))
    (sighting,) = book.saw(a_look(0.7, after_s=1))

    assert sighting.revision == 1
    assert sighting.look.best_confidence == 0.7


def test_an_empty_frame_opens_nothing_although_elephants_are_believed_in() -> None:
    book = sightings(needed=1)
    book.saw(a_look(0.8))
    book.close()

    assert not book.saw(a_look(after_s=1))


def test_a_second_elephant_is_news_of_the_same_sighting() -> None:
    first, second = told(sightings(), a_look(0.8), a_look(0.6, 0.5, after_s=1))

    assert (second.id, second.revision) == (first.id, 2)


def test_fewer_elephants_are_no_news_however_sure() -> None:
    assert len(told(sightings(), a_look(0.5, 0.5), a_look(0.99, after_s=1))) == 1


def test_a_flicker_of_confidence_is_no_news() -> None:
    assert len(told(sightings(), a_look(0.80), a_look(0.84, after_s=1))) == 1


def test_growth_is_held_back_and_told_when_the_time_has_come() -> None:
    book = sightings(revise_every_s=3)

    revisions = told(
        book,
        a_look(0.5),
        a_look(0.6, after_s=1),
        a_look(0.9, after_s=2),
        a_look(after_s=3),
    )

    assert [s.look.best_confidence for s in revisions] == [0.5, 0.9]


def test_held_back_growth_is_told_when_the_camera_ends() -> None:
    book = sightings(revise_every_s=3)
    told(book, a_look(0.5), a_look(0.9, after_s=1))

    (last,) = book.close()

    assert (last.revision, last.look.best_confidence) == (2, 0.9)
    assert not book.close()


def test_after_a_silence_another_sighting_opens_and_the_old_one_is_completed() -> None:
    book = sightings(revise_every_s=3)
    first = told(book, a_look(0.5), a_look(0.9, after_s=1))[0]

    completed, new = book.saw(a_look(0.8, after_s=62))

    assert (completed.id, completed.revision) == (first.id, 2)
    assert new.id != first.id


def test_elephants_that_stay_are_one_sighting_without_end() -> None:
    looks = [a_look(0.8, after_s=50 * i) for i in range(20)]

    assert len(told(sightings(), *looks)) == 1


def test_a_clock_that_is_set_back_begins_anew() -> None:
    assert len(told(sightings(), a_look(0.8, after_s=3600), a_look(0.8))) == 2
