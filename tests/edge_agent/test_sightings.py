from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox
from edge_agent.confirmation import Confirmation
from edge_agent.looking import Look
from edge_agent.sightings import Sighting, Sightings
from edge_agent.tracking.heading import Heading, heading_of
from tests.edge_agent.builders import DUSK, a_look, an_elephant


def sightings(*, needed: int = 1, revise_every_s: float = 0) -> Sightings:
    return Sightings(
        Confirmation(needed=needed, out_of=4, vouches_from=0.9),
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


def test_an_elephant_that_was_nearly_sure_is_told_with_the_first_frame_that_is() -> None:
    book = sightings(needed=2)

    assert not book.saw(a_look(faint=(an_elephant(0.9 * 0.35),)))
    assert not book.saw(a_look(faint=(an_elephant(0.34),), after_s=1))
    (sighting,) = book.saw(a_look(0.5, 0.4, after_s=2))

    assert (sighting.revision, sighting.count, len(sighting.look.elephants)) == (1, 1, 2)


def test_an_empty_frame_opens_nothing_although_elephants_are_believed_in() -> None:
    book = sightings(needed=1)
    book.saw(a_look(0.8))
    book.close()

    assert not book.saw(a_look(after_s=1))


def test_a_second_elephant_is_news_of_the_same_sighting() -> None:
    first, second = told(sightings(), a_look(0.8), a_look(0.6, 0.5, after_s=1))

    assert (second.id, second.revision) == (first.id, 2)
    assert (first.count, second.count) == (1, 2)


def test_a_box_too_many_in_one_frame_is_neither_counted_nor_shown() -> None:
    book = sightings(needed=2)

    revisions = told(
        book, a_look(0.8, 0.8), a_look(0.8, 0.8, after_s=1), a_look(0.7, 0.7, 0.7, after_s=2)
    )

    assert [(s.count, len(s.look.elephants)) for s in revisions] == [(2, 2)]
    (last,) = book.close()
    assert (last.count, len(last.look.elephants)) == (2, 2)


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

    assert (last.revision, last.look.best_confidence, last.ended) == (2, 0.9, True)
    assert not book.close()


def test_after_a_silence_another_sighting_opens_and_the_old_one_is_completed() -> None:
    book = sightings(revise_every_s=3)
    first = told(book, a_look(0.5), a_look(0.9, after_s=1))[0]

    completed, new = book.saw(a_look(0.8, after_s=62))

    assert (completed.id, completed.revision, completed.ended) == (first.id, 2, True)
    assert completed.last_seen_at == DUSK + timedelta(seconds=1)
    assert new.id != first.id


def test_the_end_of_a_sighting_sends_no_picture_twice() -> None:
    book = sightings()
    book.saw(a_look(0.8))

    (last,) = book.close()

    assert not last.shows_anew


def test_elephants_that_stay_are_one_sighting_told_every_two_minutes() -> None:
    looks = [a_look(0.8, after_s=10 * i) for i in range(61)]

    revisions = told(sightings(), *looks)

    assert len({sighting.id for sighting in revisions}) == 1
    assert [s.last_seen_at for s in revisions] == [
        DUSK + timedelta(minutes=2 * i) for i in range(6)
    ]
    assert [s.shows_anew for s in revisions] == [True] + [False] * 5


def test_a_clock_that_is_set_back_begins_anew() -> None:
    first, ended, second = told(sightings(), a_look(0.8, after_s=3600), a_look(0.8))

    assert (first.id, ended.ended, second.revision) == (ended.id, True, 1)


def test_what_was_sure_once_is_kept_alive_by_fainter_looks_at_it() -> None:
    faint = an_elephant(0.3, BoundingBox(0.22, 0.3, 0.3, 0.4))
    book = sightings()
    told(book, a_look(0.8), *[a_look(after_s=40 * i, faint=(faint,)) for i in range(1, 4)])

    assert book.is_open
    assert not [s for s in told(book, a_look(0.8, after_s=150)) if s.revision == 1]


def test_a_faint_look_elsewhere_keeps_nothing_alive() -> None:
    faint = an_elephant(0.3, BoundingBox(0.8, 0.8, 0.1, 0.1))

    _, ended = told(
        sightings(), a_look(0.8), *[a_look(after_s=40 * i, faint=(faint,)) for i in (1, 2)]
    )

    assert ended.ended


def test_a_stump_where_the_elephant_stood_does_not_keep_it_there_all_night() -> None:
    stump = an_elephant(0.3)
    book = sightings()

    told(book, a_look(0.8), *[a_look(after_s=30 * i, faint=(stump,)) for i in range(1, 20)])

    assert not book.is_open


def test_faint_looks_open_nothing() -> None:
    assert not told(sightings(), *[a_look(after_s=i, faint=(an_elephant(0.3),)) for i in range(9)])


def test_where_they_go_is_told_as_soon_as_it_is_known() -> None:
    def step(number: int) -> Look:
        return a_look(0.8, after_s=number, box=BoundingBox(0.1 + 0.06 * number, 0.3, 0.2, 0.3))

    first, second = told(sightings(), *map(step, range(4)))

    assert heading_of(first.tracks[0]) is None
    assert heading_of(second.tracks[0]) is Heading.RIGHT


def test_somebody_who_passed_minutes_before_is_told_with_the_first_word() -> None:
    book = sightings()

    (first,) = told(book, a_look(passer=0.8), a_look(0.8, after_s=14 * 60))

    assert first.person_seen_at == DUSK


def test_somebody_who_passed_half_an_hour_before_is_none_of_their_business() -> None:
    (first,) = told(sightings(), a_look(passer=0.8), a_look(0.8, after_s=30 * 60))

    assert first.person_seen_at is None


def test_somebody_who_follows_them_is_told_once_although_the_sighting_is_over() -> None:
    book = sightings()
    (first,) = told(book, a_look(0.8))
    (over,) = told(book, a_look(after_s=61))

    (followed,) = told(book, a_look(passer=0.8, after_s=300), a_look(passer=0.8, after_s=301))

    assert (over.ended, over.person_seen_at) == (True, None)
    assert (followed.id, followed.revision) == (first.id, over.revision + 1)
    assert followed.person_seen_at == DUSK + timedelta(seconds=300)
    assert followed.last_seen_at == DUSK
    assert not followed.shows_anew


def test_what_may_be_a_person_and_may_be_a_post_alarms_nobody() -> None:
    book = sightings()
    told(book, a_look(0.8), a_look(after_s=61))

    assert told(book, a_look(passer=0.4, after_s=300)) == []


def test_a_person_who_comes_between_two_revisions_is_not_forgotten() -> None:
    book = sightings(revise_every_s=3)

    revisions = told(book, a_look(0.8), a_look(0.8, passer=0.8, after_s=1), a_look(0.8, after_s=4))

    assert [s.person_seen_at for s in revisions] == [None, DUSK + timedelta(seconds=1)]


@given(
    st.lists(st.tuples(st.lists(st.floats(0.35, 1), max_size=4), st.floats(0.1, 90)), max_size=60),
    st.integers(1, 3),
)
def test_whatever_comes_revisions_count_up_and_keep_their_distance(
    frames: list[tuple[list[float], float]], needed: int
) -> None:
    book = Sightings(
        Confirmation(needed=needed, out_of=4),
        silence=timedelta(seconds=60),
        revise_every=timedelta(seconds=3),
    )
    now_s, told_by_id = 0.0, defaultdict[UUID, list[tuple[float, Sighting]]](list)
    for elephants, pause_s in frames:
        now_s += pause_s
        for sighting in book.saw(a_look(*elephants, after_s=now_s)):
            told_by_id[sighting.id].append((now_s, sighting))
    for sighting in book.close():
        told_by_id[sighting.id].append((now_s, sighting))

    for revisions in told_by_id.values():
        assert [s.revision for _, s in revisions] == list(range(1, len(revisions) + 1))
        assert [s.ended for _, s in revisions] == [False] * (len(revisions) - 1) + [True]
        counts = [s.count or 0 for _, s in revisions]
        assert counts == sorted(counts)
        moments = [at_s for at_s, s in revisions if not s.ended]
        assert all(b - a >= 2.99 for a, b in pairwise(moments))
