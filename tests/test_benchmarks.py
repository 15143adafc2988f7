"""How `make bench` puts figures together, and the page it keeps."""

from datetime import UTC, datetime

from docs.benchmarks import SERVER_PARTS, leaves, merged, page

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_the_servers_figures_stand_at_the_top_and_what_is_missing_is_null() -> None:
    figures = merged({"ms": 14.0}, {"idle": {}}, {"ingest": {"per_s": 4000.0}, "at": "now"})

    assert list(figures)[: 2 + len(SERVER_PARTS)] == ["detector", "station", *SERVER_PARTS]
    assert figures["ingest"] == {"per_s": 4000.0}
    assert figures["push"] is None
    assert figures["server"] == {"at": "now"}


def test_a_figure_deep_inside_keeps_its_way_there() -> None:
    told = {"story": {"per_s": 70.0}, "floor": [{"rows": 2}, {"rows": 3}]}

    assert list(leaves(told, "ingest")) == [
        ("story · per_s", 70.0),
        ("floor 1 · rows", 2),
        ("floor 2 · rows", 3),
    ]


def test_the_page_says_where_and_when_and_what_was_not_measured() -> None:
    told = page(merged({"a": 0.00123}, {}, {}), "a board, 4 cores", AT)

    assert "- Machine: a board, 4 cores\n- Date: 2026-11-23 01:00 UTC" in told
    assert "| a | 0.00123 |" in told
    assert "## push\n\nNot measured yet." in told
