import ftplib
import io
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.drops.ftp import FtpDrop
from edge_agent.drops.inbox import Inbox
from edge_agent.settings import FtpSettings
from tests.brokers import free_port
from tests.edge_agent.builders import wait_until
from tests.edge_agent.drops.deliveries import HASH, PASSWORD, a_clip, a_picture, an_inbox

HOST = "127.0.0.1"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return an_inbox(tmp_path, most_waiting=2, most_file_mb=0.05)


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    port = free_port()
    drop = FtpDrop(FtpSettings(port=port), {"ridge": inbox}, {"ridge": HASH})
    drop.open()
    yield port
    drop.close()


def connected(port: int, password: str = PASSWORD) -> ftplib.FTP:
    client = ftplib.FTP(timeout=20)
    client.connect(HOST, port)
    client.login("ridge", password)
    return client


def upload(client: ftplib.FTP, name: str, data: bytes) -> str:
    return client.storbinary(f"STOR {name}", io.BytesIO(data))


def test_what_is_acknowledged_is_on_the_disk(inbox: Inbox, port: int) -> None:
    with connected(port) as client:
        answer = upload(client, "IMG_0001.JPG", a_picture())
        waiting = inbox.waiting()

    assert answer.startswith("226")
    assert [delivery.path.read_bytes() for delivery in waiting] == [a_picture()]


def test_a_camera_may_make_folders_and_finds_them_empty(inbox: Inbox, port: int) -> None:
    with connected(port) as client:
        client.mkd("/DCIM/../../../../etc")
        client.cwd("/DCIM/100MEDIA")
        upload(client, "../../../outside.jpg", a_picture())
        assert client.nlst() == []
        assert client.pwd() == "/DCIM/100MEDIA"

    assert len(inbox.waiting()) == 1


def test_a_camera_that_works_actively_or_in_text_mode_is_served(inbox: Inbox, port: int) -> None:
    with connected(port) as client:
        client.set_pasv(False)
        client.voidcmd("TYPE A")
        with client.transfercmd("STOR a.jpg") as data:
            data.sendall(a_picture())
        assert client.voidresp().startswith("226")

    assert inbox.waiting()[0].path.read_bytes() == a_picture()


def test_an_upload_that_breaks_off_is_refused_and_never_looked_at(inbox: Inbox, port: int) -> None:
    whole = a_picture()
    with connected(port) as client:
        with pytest.raises(ftplib.error_perm, match="cut short"):
            upload(client, "a.jpg", whole[: len(whole) // 2])
        assert upload(client, "a.jpg", whole).startswith("226"), "and the next one is good"

    assert len(inbox.waiting()) == 1
    assert [broken.name for broken in inbox.take_broken()] == ["a.jpg"]


def test_a_camera_that_vanishes_halfway_leaves_nothing(
    inbox: Inbox, port: int, tmp_path: Path
) -> None:
    client = connected(port)
    data = client.transfercmd("STOR a.jpg")
    data.sendall(a_picture()[:1000])
    wait_until(lambda: any((tmp_path / "arriving").iterdir()))
    # Thrown away, not closed in order.
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    data.close()
    client.close()

    wait_until(lambda: not any((tmp_path / "arriving").iterdir()))
    assert inbox.waiting() == []


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"#!/bin/sh", "not a JPEG"), (a_picture() * 30, "larger than"), (b"", "not a JPEG")],
    ids=["script", "too large", "empty"],
)
def test_what_is_no_picture_is_refused_with_the_reason(
    inbox: Inbox, port: int, data: bytes, words: str
) -> None:
    with connected(port) as client, pytest.raises(ftplib.error_perm, match=words):
        upload(client, "a.jpg", data)

    assert inbox.waiting() == []


def test_a_full_inbox_says_so(port: int) -> None:
    with connected(port) as client:
        upload(client, "1.jpg", a_picture(1))
        upload(client, "2.mp4", a_clip())
        with pytest.raises(ftplib.error_perm, match="wait already"):
            upload(client, "3.jpg", a_picture(3))


@pytest.mark.parametrize("command", ["RETR a.jpg", "DELE a.jpg", "APPE a.jpg", "RMD /"])
def test_nothing_can_be_taken_away_or_added_to(inbox: Inbox, port: int, command: str) -> None:
    with connected(port) as client:
        upload(client, "a.jpg", a_picture())
        with pytest.raises(ftplib.error_perm):
            client.voidcmd(command)

    assert len(inbox.waiting()) == 1


def test_a_wrong_password_is_refused_and_none_is_ever_logged(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(ftplib.error_perm, match="530"):
            connected(port, "wr0ng")
        with connected(port) as client:
            upload(client, "a.jpg", a_picture())

    assert "'ridge' from 127.0.0.1 was refused" in caplog.text
    assert "wr0ng" not in caplog.text
    assert PASSWORD not in caplog.text


def test_pictures_come_through_the_ports_of_the_config(inbox: Inbox) -> None:
    passive, port = free_port(), free_port()
    settings = FtpSettings(port=port, passive_ports=(passive, passive))
    drop = FtpDrop(settings, {"ridge": inbox}, {"ridge": HASH})
    drop.open()
    try:
        with connected(port) as client:
            assert client.makepasv() == (HOST, passive)
    finally:
        drop.close()
