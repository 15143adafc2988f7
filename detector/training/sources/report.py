"""A check's verdict as tables for a terminal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from detector.training.sources.check import Verdict
from detector.training.sources.entries import LeftOut
from detector.training.sources.findings import Code, Finding, Severity
from detector.training.sources.importing import Imported
from detector.training.sources.listing import Listing
from detector.training.sources.merging import Merged, common_name

SHOWN_PER_KIND = 5


def show(verdict: Verdict, console: Console) -> None:
    """Print what was looked at, what was found, and the first few of each kind."""
    console.print(_contents(verdict))
    by_code: dict[Code, list[Finding]] = defaultdict(list)
    for finding in verdict.findings:
        by_code[finding.code].append(finding)
    if by_code:
        console.print(_summary(by_code.values()))
        for findings in by_code.values():
            _name(findings, console)
    errors = len(verdict.errors)
    warnings = len(verdict.findings) - errors
    colour = "red" if errors else "green"
    console.print(
        f"[{colour}]{verdict.pictures} pictures in {verdict.took_s:.0f} s: "
        f"{errors} errors, {warnings} warnings[/]"
    )


def _contents(verdict: Verdict) -> Table:
    table = Table(title=escape(", ".join(verdict.folders)), box=SIMPLE_HEAD)
    headings = sorted({name for counted in verdict.groups.values() for name in counted})
    ordered = sorted(headings, key=lambda name: (name.endswith(" boxes"), name != "pictures"))
    table.add_column("split")
    table.add_column("lighting")
    for heading in ordered:
        table.add_column(escape(heading), justify="right")
    for (split, lighting), counted in sorted(verdict.groups.items()):
        table.add_row(escape(split), lighting, *(str(counted[heading]) for heading in ordered))
    return table


def _summary(kinds: Iterable[list[Finding]]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("weight")
    table.add_column("what")
    table.add_column("count", justify="right")
    for findings in sorted(kinds, key=lambda kind: kind[0].severity):
        first = findings[0]
        table.add_row(_coloured(first.severity), first.code.value, str(len(findings)))
    return table


def _name(findings: list[Finding], console: Console) -> None:
    first = findings[0]
    console.print(f"{_coloured(first.severity)} [bold]{first.code.value}[/]")
    for finding in findings[:SHOWN_PER_KIND]:
        sentence = f"  {finding.where}: {finding.message}"
        console.print(escape(sentence), soft_wrap=True, highlight=False)
    if len(findings) > SHOWN_PER_KIND:
        console.print(f"  … and {len(findings) - SHOWN_PER_KIND} more (--json lists all)")


def _coloured(severity: Severity) -> str:
    colour = "red" if severity is Severity.ERROR else "yellow"
    return f"[{colour}]{severity.value}[/]"


def show_import(imported: Imported, console: Console) -> None:
    """Print what came in, and why the rest did not."""
    splits = ", ".join(f"{count} in {split}" for split, count in sorted(imported.splits.items()))
    boxes = ", ".join(f"{count} {label.value}" for label, count in imported.boxes.most_common())
    console.print(f"{imported.pictures} pictures ({splits or 'none'}); boxes: {boxes or 'none'}")
    by_reason: dict[str, list[LeftOut]] = defaultdict(list)
    for left in imported.left_out:
        by_reason[left.reason].append(left)
    for reason, entries in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        colour = "red" if entries[0].is_fault else "yellow"
        named = ", ".join(entry.where for entry in entries[:SHOWN_PER_KIND])
        more = ", …" if len(entries) > SHOWN_PER_KIND else ""
        sentence = f"{escape(reason)}: {escape(named)}{more}"
        console.print(f"[{colour}]{len(entries)} left out[/] {sentence}", soft_wrap=True)


def show_merge(merged: Merged, listings: Sequence[Listing], console: Console) -> None:
    """Print what came from where, and warn of folders that know fewer classes than the whole."""
    console.print(f"classes: {', '.join(merged.class_names)}", markup=False)
    for listing in listings:
        console.print(f"{merged.pictures[str(listing.folder)]:7} {listing.folder}", markup=False)
        known = {common_name(name) for name in listing.class_names}
        missing = [name for name in merged.class_names if name not in known]
        if missing:
            console.print(
                f"        [yellow]labels no {escape(', '.join(missing))}[/]: what is there of them "
                "stays unmarked and counts as background",
                soft_wrap=True,
            )
    if merged.left_out:
        _name(list(merged.left_out), console)
