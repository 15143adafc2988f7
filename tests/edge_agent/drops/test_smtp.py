import logging
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.drops.inbox import Inbox
from edge_agent.drops.smtp import SmtpDrop
from edge_agent.settings import SmtpSettings
from tests.brokers import free_port
from tests.edge_agent.drops.deliveries import HASH, PASSWORD, a_picture, an_inbox
from tests.edge_agent.drops.test_mail import a_mail

HOST = "127.0.0.1"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return an_inbox(tmp_path, kind="smtp", most_waiting=2, times=["%Y-%m-%d %H:%M"])


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    port = free_port()
    settings = SmtpSettings(port=port, most_mail_mb=0.1)
    drop = SmtpDrop(settings, {"ridge": inbox}, {"ridge": HASH})
    drop.open()
    yield port
    drop.close()


def connected(port: int, password: str = PASSWORD) -> smtplib.SMTP:
    client = smtplib.SMTP(HOST, port, timeout=20)
    client.login("ridge", password)
    return client


def test_what_is_acknowledged_is_on_the_disk(inbox: Inbox, port: int) -> None:
    with connected(port) as client:
        client.send_message(a_mail(a_picture(1), a_picture(2), subject="Motion 2025-11-22 19:30"))
        waiting = inbox.waiting()

    assert [delivery.path.read_bytes() for delivery in waiting] == [a_picture(1), a_picture(2)]
    assert {f"{d.taken_at:%Y-%m-%d %H:%M}" for d in waiting} == {"2025-11-22 19:30"}


def test_a_broken_picture_stops_neither_its_mail_nor_the_next(inbox: Inbox, port: int) -> None:
    with connected(port) as client:
        client.send_message(a_mail(a_picture(1)[:500], a_picture(2)))
        client.sendmail("a@b", "c@d", b"\xff\xfe no mail at all \r\nContent-Type: /;;\r\n\r\n")
        client.send_message(a_mail(a_picture(3)))

    assert len(inbox.waiting()) == 2
    assert [broken.name for broken in inbox.take_broken()] == ["IMG_0000.JPG"]


def test_a_full_inbox_asks_for_the_mail_again_and_doubles_nothing(inbox: Inbox, port: int) -> None:
    mail = a_mail(a_picture(1), a_picture(2), a_picture(3))
    with connected(port) as client:
        with pytest.raises(smtplib.SMTPDataError, match=r"4\.3\.1"):
            client.send_message(mail)
        inbox.remove(inbox.waiting()[0])
        client.send_message(a_mail(a_picture(2)))

    assert [delivery.path.read_bytes() for delivery in inbox.waiting()] == [a_picture(2)]


def test_a_mail_that_is_too_large_is_refused(inbox: Inbox, port: int) -> None:
    with connected(port) as client, pytest.raises(smtplib.SMTPException):
        client.send_message(a_mail(a_picture() * 40))

    assert inbox.waiting() == []


def test_nobody_delivers_without_a_password(inbox: Inbox, port: int) -> None:
    with smtplib.SMTP(HOST, port, timeout=20) as client, pytest.raises(smtplib.SMTPException):
        client.send_message(a_mail(a_picture()))

    assert inbox.waiting() == []


def test_a_wrong_password_is_refused_and_none_is_ever_logged(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(smtplib.SMTPAuthenticationError):
            connected(port, "wr0ng")
        with connected(port) as client:
            client.send_message(a_mail(a_picture()))

    assert "'ridge' from" in caplog.text
    assert "wr0ng" not in caplog.text
    assert PASSWORD not in caplog.text
