from edge_agent.contracts.messages import Message
from edge_agent.contracts.topics import CONFIG_REPORTED, SIREN_STATE
from edge_agent.noticeboard import Noticeboard

OLD, NEW = Message(), Message(simulated=True)


def test_a_newer_word_that_came_while_the_older_one_left_still_has_to_leave() -> None:
    board = Noticeboard()
    board.pin(CONFIG_REPORTED, OLD)
    board.pin(CONFIG_REPORTED, NEW)

    board.left(CONFIG_REPORTED, OLD, 1)
    board.acknowledged(1)

    assert board.due() == [(CONFIG_REPORTED, NEW)]


def test_a_word_whose_connection_broke_before_the_broker_had_it_is_said_again() -> None:
    board = Noticeboard()
    for topic in (CONFIG_REPORTED, SIREN_STATE):
        board.pin(topic, OLD)
        board.left(topic, OLD, 1)

    assert board.due() == []
    board.grounded()

    assert board.due() == [(CONFIG_REPORTED, OLD), (SIREN_STATE, OLD)]


def test_after_a_new_connection_only_what_is_retained_is_repeated() -> None:
    board = Noticeboard()
    for ticket, topic in enumerate((CONFIG_REPORTED, SIREN_STATE)):
        board.pin(topic, OLD)
        board.left(topic, OLD, ticket)
        board.acknowledged(ticket)

    board.grounded()

    assert board.due() == [(CONFIG_REPORTED, OLD)]
