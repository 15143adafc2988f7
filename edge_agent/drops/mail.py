"""Takes pictures and clips out of a mail, however the camera packed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from edge_agent.drops.content import UnfitContentError, suffix_of

_MOST_PARTS = 200
_MEDIA = ("image", "video")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One picture or clip as it came; it may still turn out to be broken."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """What of a mail is of use."""

    subject: str
    attachments: tuple[Attachment, ...]


def read_mail(content: bytes) -> Mail:
    """Read a mail, whatever the bytes; one without pictures (a camera's daily report) has none."""
    message = message_from_bytes(content, policy=policy.compat32)
    return Mail(_words(message["subject"]), tuple(_attachments(message)))


def _attachments(message: Message) -> Iterator[Attachment]:
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and (_is_called_media(part) or _is_media(data)):
            yield Attachment(_words(part.get_filename()) or f"part {number}", data)


def _is_called_media(part: Message) -> bool:
    return part.get_content_maintype() in _MEDIA


def _is_media(data: bytes) -> bool:
    """Some cameras call their pictures a stream of bytes."""
    try:
        suffix_of(data)
    except UnfitContentError:
        return False
    return True


def _words(header: object) -> str:
    if header is None:
        return ""
    try:
        return str(make_header(decode_header(str(header))))
    except (MessageError, LookupError, ValueError):
        return str(header)  # an encoding nobody knows: digits may be legible all the same
