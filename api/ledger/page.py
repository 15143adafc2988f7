"""A certificate as a page to print: what happened, who was reached when, and how to check it.

It loads nothing and runs nothing, so it can be saved as one file; the certificate itself is in it.
"""

import base64
import hashlib
import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import segno

from api.ledger.certificate import PAGE_END, PAGE_START, Certificate, SignedCertificate
from api.ledger.reached import MARKS, Reached, people_reached
from api.ledger.rules import Step
from api.ledger.timeline import Line

_STYLE = (Path(__file__).parent / "page.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
STYLE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_NEAR = timedelta(hours=1)  # as far as the drawn line goes at most
_WIDTH, _LEFT = 680, 20


def page(signed: SignedCertificate) -> str:
    """Return the page, as HTML."""
    certificate = signed.certificate
    raised = certificate.entries[0].said["facts"]
    clock = _clock(certificate.site.timezone)
    is_drill = any(each.said["facts"].get("simulated") for each in certificate.entries)
    people = people_reached(each.said for each in certificate.entries)
    name = escape(_geofence(certificate, raised))
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Proof of warning: {name}</title><style>{_STYLE}</style></head><body><main>",
        '<p class="drill">DRILL. Practice: there were no elephants.</p>' if is_drill else "",
        f"<header><p>Proof of warning</p><h1>{name}, {escape(certificate.site.name)}</h1>",
        f"{_summary(certificate, people, clock)}</header>",
        _drawing(certificate.lines),
        _people(certificate, people, clock),
        _steps(certificate.lines, clock),
        _check(signed),
        PAGE_START,
        _harmless(signed.model_dump_json()),
        PAGE_END,
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part)


Clock = Callable[[datetime], str]


def _clock(zone: str) -> Clock:
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        known = ZoneInfo("UTC")

    def local(at: datetime) -> str:
        return at.astimezone(known).strftime("%H:%M:%S")

    return local


def _geofence(certificate: Certificate, facts: dict[str, object]) -> str:
    number = facts.get("geofence")
    known = certificate.geofences.get(number) if isinstance(number, int) else None
    return known or f"alert {certificate.alert}"


def _summary(certificate: Certificate, people: list[Reached], clock: Clock) -> str:
    lines = {line.step: line for line in reversed(certificate.lines)}
    first = certificate.lines[0]
    rung = sum(Step.SENT in each.marks for each in people)
    reached = sum(each.is_reached for each in people)
    answers = sorted(answer for each in people for answer in each.answers)
    said = [
        ("When", f"{first.at:%d %B %Y}, {clock(first.at)} ({certificate.site.timezone})"),
        ("Seen", lines["captured"].words if "captured" in lines else first.words),
        ("Decided", lines["raised"].words if "raised" in lines else "before the ledger began"),
        ("Warned", f"{rung} of {len(people)} people; {reached} saw it or answered"),
        ("First answer", clock(answers[0][0]) if answers else "none"),
        ("How it ended", lines["ended"].words if "ended" in lines else "still open"),
    ]
    rows = "".join(f"<div><dt>{term}</dt><dd>{escape(text)}</dd></div>" for term, text in said)
    return f"<dl>{rows}</dl>"


def _drawing(lines: list[Line]) -> str:
    """Draw the first hour as a line: when each kind of step first happened."""
    start = lines[0].at
    firsts: dict[str, Line] = {}
    for line in lines:
        if line.at - start <= _NEAR:
            firsts.setdefault(line.step, line)
    shown = [line for line in firsts.values() if line.step != "planned"]
    # Seconds matter at first and minutes later: the line's scale is logarithmic.
    spots = [math.log1p(max((line.at - start).total_seconds(), 0.0)) for line in shown]
    longest = max(*spots, 0.1)
    marks = [
        _mark(line, row, spot / longest)
        for row, (line, spot) in enumerate(zip(shown, spots, strict=True))
    ]
    height = 22 * len(shown) + 24
    axis = f'<line x1="{_LEFT}" y1="8" x2="{_LEFT + _WIDTH}" y2="8" class="axis"/>'
    return (
        f'<svg class="line" viewBox="0 0 {_LEFT + _WIDTH + 40} {height}" role="img" '
        f'aria-label="The first steps in time">{axis}{"".join(marks)}</svg>'
    )


def _mark(line: Line, row: int, share: float) -> str:
    x, y = _LEFT + share * _WIDTH, 26 + 22 * row
    after = f"+{line.after_capture_s:.1f} s" if line.after_capture_s is not None else ""
    words = f"{_spaced(line.step)} {after}"
    anchor, at = ("end", x - 8) if share > 0.6 else ("start", x + 8)
    return (
        f'<line x1="{x:.1f}" y1="8" x2="{x:.1f}" y2="{y}" class="stem"/>'
        f'<circle cx="{x:.1f}" cy="8" r="5" class="step"/>'
        f'<text x="{at:.1f}" y="{y + 4}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _people(certificate: Certificate, people: list[Reached], clock: Clock) -> str:
    heads = "".join(f"<th>{step.capitalize()}</th>" for step in MARKS)
    rows = "".join(_person(certificate, each, clock) for each in people)
    if not people:
        rows = '<tr><td colspan="7">Nobody was to be rung: nobody followed this place.</td></tr>'
    return (
        "<section><h2>Who was warned</h2><table><thead><tr><th>Person</th>"
        f"{heads}<th>Answered</th><th>Trouble</th></tr></thead><tbody>{rows}</tbody></table>"
        "<p>“Sent” is the word of the service that carries it; “received”, “shown” and “opened” "
        "are the phone's own.</p></section>"
    )


def _person(certificate: Certificate, each: Reached, clock: Clock) -> str:
    name = certificate.people.get(each.person, "no longer known")
    cells = [clock(each.marks[step]) if step in each.marks else "–" for step in MARKS]
    answers = ", ".join(f"{clock(at)} {_spaced(kind)}" for at, kind in each.answers)
    troubles = _spaced("; ".join(each.troubles))
    told = [f"{name} (no. {each.person})", *cells, answers or "–", troubles]
    return f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in told)}</tr>"


def _steps(lines: list[Line], clock: Clock) -> str:
    rows = "".join(
        f"<tr><td>{line.number or '–'}</td><td>{line.at:%Y-%m-%d} {clock(line.at)}</td>"
        f"<td>{_after(line)}</td><td>{escape(_spaced(line.step))}</td>"
        f"<td>{escape(line.words)}</td></tr>"
        for line in lines
    )
    return (
        "<section class='steps'><h2>Everything that happened</h2><table><thead><tr>"
        "<th>No.</th><th>Time</th><th>After the capture</th><th>Step</th><th>What</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></section>"
    )


def _after(line: Line) -> str:
    return f"+{line.after_capture_s:.1f} s" if line.after_capture_s is not None else ""


def _check(signed: SignedCertificate) -> str:
    certificate = signed.certificate
    prints = certificate.fingerprint
    grouped = " ".join(prints[at : at + 8] for at in range(0, 64, 8))
    link = f"{certificate.issued_by}/api/v1/alerts/{certificate.alert}/certificate#{prints}"
    picture = segno.make(link, error="m", micro=False).svg_inline(scale=3, border=2)
    said = [
        ("Fingerprint of this certificate", grouped),
        ("Public key of the server", certificate.head.key),
        ("Ledger", f"{certificate.head.number} entries, root {certificate.head.root}"),
        ("Issued", f"{certificate.issued_at:%Y-%m-%d %H:%M:%S} UTC by {certificate.issued_by}"),
    ]
    rows = "".join(f"<dt>{term}</dt><dd><code>{escape(text)}</code></dd>" for term, text in said)
    return (
        f'<section class="check"><h2>How to check it</h2><div>{picture}<dl>{rows}</dl></div>'
        "<p>This page holds the certificate. Save it as a file and ask any copy of Trunkline, "
        "without a server: <code>trunkline-server ledger check certificate.html --key KEY</code>, "
        "with the public key as you noted it, not as it stands here.</p></section>"
    )


def _harmless(text: str) -> str:
    """Return JSON in which nothing looks like HTML."""
    json.loads(text)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _spaced(word: str) -> str:
    return word.replace("_", " ")
