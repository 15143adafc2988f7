"""CAP as its schema and its text ask for it: the rules of CAP 1.2 (OASIS), one by one."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cap.areas import area_of
from api.cap.rules import Sender, message_of
from api.cap.xml import ATOM, CAP, cap_xml
from api.ledger.turns import Turn, TurnKind
from api.settings import ServerSettings
from api.tables import AlertLevel, AlertState, AnswerKind, Role
from tests.api.shell import a_shell
from tests.api.world import DUSK, VALLEY, World, a_message, place, square

MINUTE = timedelta(minutes=1)
SENDER = Sender("valley@trunkline.example", "Valley", is_public=True)

# The schema's sequences: each element with how often it may come.
ALERT = [
    ("identifier", 1, 1), ("sender", 1, 1), ("sent", 1, 1), ("status", 1, 1), ("msgType", 1, 1),
    ("source", 0, 1), ("scope", 1, 1), ("restriction", 0, 1), ("addresses", 0, 1), ("code", 0, 99),
    ("note", 0, 1), ("references", 0, 1), ("incidents", 0, 1), ("info", 0, 99),
]  # fmt: skip
INFO = [
    ("language", 0, 1), ("category", 1, 99), ("event", 1, 1), ("responseType", 0, 99),
    ("urgency", 1, 1), ("severity", 1, 1), ("certainty", 1, 1), ("audience", 0, 1),
    ("eventCode", 0, 99), ("effective", 0, 1), ("onset", 0, 1), ("expires", 0, 1),
    ("senderName", 0, 1), ("headline", 0, 1), ("description", 0, 1), ("instruction", 0, 1),
    ("web", 0, 1), ("contact", 0, 1), ("parameter", 0, 99), ("resource", 0, 99), ("area", 0, 99),
]  # fmt: skip
AREA = [("areaDesc", 1, 1), ("polygon", 0, 99), ("circle", 0, 99), ("geocode", 0, 99)]
WORDS = {
    "status": "Actual Exercise System Test Draft",
    "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


def faults(document: bytes) -> list[str]:
    """What a receiver that takes CAP by the letter would refuse."""
    alert = ET.fromstring(document)
    if alert.tag != f"{{{CAP}}}alert":
        return [f"the root is {alert.tag}"]
    found = _faults_of_sequence(alert, ALERT)
    for info in alert.findall(f"{{{CAP}}}info"):
        found += _faults_of_sequence(info, INFO)
        for area in info.findall(f"{{{CAP}}}area"):
            found += _faults_of_sequence(area, AREA)
    for element in alert.iter():
        found += _faults_of_value(element.tag.partition("}")[2], element.text or "")
    if text_of(alert, "msgType") != "Alert" and not text_of(alert, "references"):
        found.append("an update or cancel that refers to nothing")
    if text_of(alert, "scope") == "Restricted" and not text_of(alert, "restriction"):
        found.append("restricted, and nobody says how")
    return found


def _faults_of_sequence(parent: ET.Element, wanted: list[tuple[str, int, int]]) -> list[str]:
    names = [child.tag.partition("}")[2] for child in parent]
    order = [name for name, _, _ in wanted]
    found = [f"{name} is unknown in {parent.tag}" for name in names if name not in order]
    if [order.index(n) for n in names] != sorted(order.index(n) for n in names):
        found.append(f"out of order: {names}")
    for name, least, most in wanted:
        if not least <= names.count(name) <= most:
            found.append(f"{names.count(name)} times {name}")
    return found


def _faults_of_value(name: str, text: str) -> list[str]:
    if name in WORDS and text not in WORDS[name].split():
        return [f"{name} is {text!r}"]
    if name in {"sent", "effective", "expires"} and not TIME.fullmatch(text):
        return [f"{name} is {text!r}"]
    if name in {"identifier", "sender"} and (not text or set(text) & set(" ,<&\n")):
        return [f"{name} is {text!r}"]
    if name == "references" and not all(
        len(each.split(",")) == 3 and TIME.fullmatch(each.split(",")[2]) for each in text.split(" ")
    ):
        return [f"references are {text!r}"]
    return _faults_of_polygon(text) if name == "polygon" else []


def _faults_of_polygon(text: str) -> list[str]:
    pairs = [tuple(map(float, pair.split(","))) for pair in text.split(" ")]
    is_closed = len(pairs) >= 4 and pairs[0] == pairs[-1]
    is_earthly = all(-90 <= pair[0] <= 90 and -180 <= pair[1] <= 180 for pair in pairs)
    return [] if is_closed and is_earthly else [f"polygon {text!r}"]


def text_of(parent: ET.Element, name: str) -> str:
    return parent.findtext(f".//{{{CAP}}}{name}", "")


def texts_of(parent: ET.Element, name: str) -> list[str]:
    return [each.text or "" for each in parent.iter(f"{{{CAP}}}{name}")]


A_TURN = Turn(
    site_id="valley",
    number=1,
    alert_id="0192f0aa",
    kind=TurnKind.RAISED,
    at=DUSK,
    state=AlertState.RAISED,
    level=AlertLevel.WARNING,
    count=2,
    geofence_id=1,
    detection_id="d",
    captured_at=DUSK,
    distance_m=432.1,
    bearing_deg=44.0,
    simulated=False,
    is_sure=True,
)
names = st.text(min_size=1, max_size=200)


@settings(max_examples=60, deadline=None)
@given(
    name=names,
    level=st.sampled_from(AlertLevel),
    kind=st.sampled_from(TurnKind),
    state=st.sampled_from(AlertState),
    count=st.integers(0, 500),
    far_m=st.floats(0, 1e6),
    simulated=st.booleans(),
    public=st.booleans(),
    line=st.booleans(),
)
def test_whatever_happens_is_cap_to_the_letter(
    name: str,
    level: AlertLevel,
    kind: TurnKind,
    state: AlertState,
    count: int,
    far_m: float,
    simulated: bool,
    public: bool,
    line: bool,
) -> None:
    if kind is TurnKind.ENDED and state not in (AlertState.ALL_CLEAR, AlertState.RETRACTED):
        state = AlertState.ALL_CLEAR
    turn = replace(A_TURN, number=7, level=level, kind=kind, state=state, count=count)
    turn = replace(turn, distance_m=far_m, simulated=simulated)
    shape: dict[str, Any] = square(0, 0)
    if line:
        shape = {"type": "LineString", "coordinates": [[100.86, 21.97], [100.87, 21.98]]}
    sender = replace(SENDER, is_public=public)

    document = cap_xml(message_of(turn, [A_TURN], area_of(name, shape, 0), sender))

    assert faults(document) == []
    assert text_of(ET.fromstring(document), "status") == ("Exercise" if simulated else "Actual")
    assert len(text_of(ET.fromstring(document), "areaDesc")) < 50


def test_the_checker_is_no_rubber_stamp() -> None:
    good = cap_xml(message_of(A_TURN, [], area_of("Guanping", square(0, 0), 0), SENDER)).decode()

    for right, wrong in (
        ("<status>Actual</status>", "<status>Drill</status>"),
        ("-00:00</sent>", "Z</sent>"),
        ("<msgType>Alert", "<msgType>Update"),
        ("valley@trunkline.example", "valley, here"),
        ("<scope>Public</scope>", "<scope>Restricted</scope>"),
        ("<urgency>Expected</urgency>", ""),
        ("<areaDesc>", "<areaDesc>x</areaDesc><areaDesc>"),
    ):
        assert right in good
        assert faults(good.replace(right, wrong, 1).encode()) != [], wrong


def test_latitude_comes_first_and_the_area_is_the_village_not_the_elephants() -> None:
    document = cap_xml(message_of(A_TURN, [], area_of("Guanping", square(0, 0), 0), SENDER))

    first = text_of(ET.fromstring(document), "polygon").split(" ")[0].split(",")
    corner = place(-100, -100)
    assert [float(part) for part in first] == [
        pytest.approx(corner.latitude, abs=1e-5),
        pytest.approx(corner.longitude, abs=1e-5),
    ]
    assert float(first[0]) == pytest.approx(VALLEY.latitude, abs=0.01)


def test_a_villager_s_distance_is_told_and_no_nearer() -> None:
    document = cap_xml(message_of(A_TURN, [], area_of("Guanping", square(0, 0), 0), SENDER))

    english, chinese = texts_of(ET.fromstring(document), "description")
    assert english.startswith("2 elephants, 400 m to the north-east.")
    assert "432" not in english + chinese


def test_a_road_is_told_as_the_strip_along_it() -> None:
    ends = [place(0, 0), place(1000, 0)]
    road = {"type": "LineString", "coordinates": [[p.longitude, p.latitude] for p in ends]}

    area = area_of("road", road, buffer_m=200)

    latitudes = [latitude for latitude, _ in area.ring]
    height_m = (max(latitudes) - min(latitudes)) * 110_740
    assert height_m == pytest.approx(400, rel=0.02)


def documents(feed: bytes) -> Sequence[str]:
    root = ET.fromstring(feed)
    links = root.findall(f"{{{ATOM}}}entry/{{{ATOM}}}link")
    return [link.attrib["href"] for link in reversed(links)]


async def read_all(client: httpx.AsyncClient) -> list[ET.Element]:
    """Every message of the feed, the oldest first, each taken by the letter."""
    feed = await client.get("/api/v1/sites/valley/cap.atom")
    assert feed.status_code == 200, feed.text
    assert feed.headers["content-type"] == "application/atom+xml"
    found = []
    for link in documents(feed.content):
        answer = await client.get(link)
        assert answer.headers["content-type"] == "application/cap+xml"
        assert faults(answer.content) == []
        found.append(ET.fromstring(answer.content))
    return found


async def test_the_feed_tells_an_alert_its_growth_and_its_end(world: World, tmp_path: Any) -> None:
    await world.tell(world.ridge, a_message("elephant", "elephant"))
    alert = await world.the_alert()
    await world.answer(world.villager, alert.id, AnswerKind.SEEN)
    await world.tell(world.yard, a_message(captured_at=DUSK + 2 * MINUTE))
    await world.answer(world.ranger, alert.id, AnswerKind.ALL_CLEAR, DUSK + 9 * MINUTE)
    shell = a_shell(world.database, tmp_path)
    async with shell.signed_in(Role.VILLAGER) as client:
        raised, grew, ended = await read_all(client)

    assert [text_of(each, "msgType") for each in (raised, grew, ended)] == [
        *("Alert", "Update", "Update"),
    ]
    assert [text_of(each, "urgency") for each in (raised, grew, ended)] == [
        *("Expected", "Immediate", "Past"),
    ]
    assert text_of(ended, "responseType") == "AllClear"
    assert texts_of(raised, "language") == ["en-US", "zh-CN"]
    before = [
        f"valley@server,{text_of(each, 'identifier')},{text_of(each, 'sent')}"
        for each in (raised, grew)
    ]
    assert text_of(ended, "references").split(" ") == before


async def test_a_false_alarm_is_taken_back_and_a_drill_says_that_it_is_one(
    world: World, tmp_path: Any
) -> None:
    await world.tell(world.ridge, a_message(simulated=True))
    alert = await world.the_alert()
    await world.answer(world.ranger, alert.id, AnswerKind.FALSE_ALARM)
    async with a_shell(world.database, tmp_path).signed_in(Role.VILLAGER) as client:
        drill, cancel = await read_all(client)

    assert [text_of(each, "msgType") for each in (drill, cancel)] == ["Alert", "Cancel"]
    assert text_of(drill, "status") == "Exercise"
    assert text_of(drill, "headline").startswith("DRILL: ")
    assert text_of(drill, "instruction").startswith("Practice. There are no elephants.")


async def test_a_feed_is_for_the_site_s_people_until_the_operator_opens_it(
    world: World, tmp_path: Any
) -> None:
    await world.tell(world.ridge, a_message())
    shell = a_shell(world.database, tmp_path)
    async with shell.browser() as nobody:
        closed = await nobody.get("/api/v1/sites/valley/cap.atom")
        settings = ServerSettings(**shell.parts.settings.model_dump() | {"public_feeds": "valley"})
        open_parts = replace(shell.parts, settings=settings)
    async with type(shell)(open_parts, shell.clock).browser() as nobody:
        (message,) = await read_all(nobody)
        elsewhere = await nobody.get("/api/v1/sites/hills/cap.atom")

    assert (closed.status_code, elsewhere.status_code) == (401, 401)
    assert text_of(message, "scope") == "Public"
