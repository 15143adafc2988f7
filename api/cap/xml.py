"""CAP 1.2 and Atom, spelt in XML in the order that their schemas ask for."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from api.cap.rules import CapMessage, Info, cap_time

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def cap_xml(message: CapMessage) -> bytes:
    """Return a message as a CAP 1.2 document."""
    alert = ET.Element("alert", xmlns=CAP)
    _add(alert, "identifier", message.identifier)
    _add(alert, "sender", message.sender)
    _add(alert, "sent", cap_time(message.sent))
    _add(alert, "status", message.status)
    _add(alert, "msgType", message.kind)
    _add(alert, "scope", "Public" if message.is_public else "Restricted")
    if not message.is_public:
        _add(alert, "restriction", "For the people of the site")
    if message.references:
        _add(alert, "references", " ".join(message.references))
    for info in message.infos:
        _add_info(alert, info, message)
    return _document(alert)


def atom_xml(
    messages: Iterable[CapMessage], *, title: str, author: str, url: str, updated: str
) -> bytes:
    """Return a feed of messages, whose own addresses lie below `url` without its `.atom`."""
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "id", url)
    _add(feed, "title", title)
    _add(feed, "updated", updated)
    _add(_add(feed, "author"), "name", author)
    ET.SubElement(feed, "link", rel="self", href=url, type="application/atom+xml")
    for message in messages:
        link = f"{url.removesuffix('.atom')}/{message.identifier}.xml"
        entry = _add(feed, "entry")
        _add(entry, "id", link)
        _add(entry, "title", message.infos[0].headline)
        _add(entry, "updated", cap_time(message.sent).replace("-00:00", "Z"))
        _add(entry, "summary", message.infos[0].description)
        ET.SubElement(entry, "link", rel="alternate", href=link, type="application/cap+xml")
    return _document(feed)


def _add_info(alert: ET.Element, info: Info, message: CapMessage) -> None:
    parent = _add(alert, "info")
    _add(parent, "language", info.language)
    for category in ("Safety", "Env"):
        _add(parent, "category", category)
    _add(parent, "event", info.event)
    _add(parent, "responseType", info.response)
    _add(parent, "urgency", info.urgency)
    _add(parent, "severity", info.severity)
    _add(parent, "certainty", info.certainty)
    _add(parent, "effective", cap_time(info.effective))
    _add(parent, "expires", cap_time(info.expires))
    _add(parent, "senderName", message.sender_name)
    _add(parent, "headline", info.headline)
    _add(parent, "description", info.description)
    _add(parent, "instruction", info.instruction)
    area = _add(parent, "area")
    _add(area, "areaDesc", message.area.name)
    pairs = (f"{latitude},{longitude}" for latitude, longitude in message.area.ring)
    _add(area, "polygon", " ".join(pairs))


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = _NO_XML.sub("", text) if text is not None else None
    return child


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found
