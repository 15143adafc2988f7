from email.message import EmailMessage

from hypothesis import example, given
from hypothesis import strategies as st

from edge_agent.drops.mail import read_mail
from tests.edge_agent.drops.deliveries import a_picture


def a_mail(*pictures: bytes, subject: str = "Motion", subtype: str = "jpeg") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "camera@ridge", "station@ridge", subject
    mail.set_content("Battery 80 %")
    for number, picture in enumerate(pictures):
        mail.add_attachment(
            picture, maintype="image", subtype=subtype, filename=f"IMG_{number:04d}.JPG"
        )
    return mail


def test_every_picture_of_a_mail_is_found() -> None:
    pictures = (a_picture(1), a_picture(2))

    mail = read_mail(a_mail(*pictures, subject="大象 20261122").as_bytes())

    assert [(a.name, a.data) for a in mail.attachments] == [
        ("IMG_0000.JPG", pictures[0]),
        ("IMG_0001.JPG", pictures[1]),
    ]
    assert mail.subject == "大象 20261122"


def test_a_daily_report_holds_no_picture() -> None:
    assert read_mail(a_mail().as_bytes()).attachments == ()


def test_a_picture_that_is_called_a_stream_of_bytes_is_one_all_the_same() -> None:
    mail = EmailMessage()
    mail.add_attachment(a_picture(), maintype="application", subtype="octet-stream")
    mail.add_attachment(b"7.4 V", maintype="application", subtype="octet-stream")

    assert [a.data for a in read_mail(mail.as_bytes()).attachments] == [a_picture()]


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_a_mail_and_no_fault(content: bytes) -> None:
    read_mail(content)


@example(48, b"\x80")  # an encoding whose very name is no text
@given(st.integers(0, 900), st.binary(max_size=30))
def test_a_scrambled_mail_is_no_fault(place: int, noise: bytes) -> None:
    content = bytearray(a_mail(a_picture(), subject="大象").as_bytes())
    content[place : place + len(noise)] = noise

    read_mail(bytes(content))
