"""No page of the console asks the database a question per row."""

from pathlib import Path

from api.database import Database
from tests.api.console.large_site import Size
from tests.api.console.pages import PAGES, ask_page, counting, large_site, name_of

SMALL, LARGER = Size(detections=80, least=2), Size(detections=320, least=8)


async def test_a_page_asks_as_many_questions_of_a_larger_site(tmp_path: Path) -> None:
    small = await _statements(tmp_path, SMALL)
    larger = await _statements(tmp_path, LARGER)

    grown = {page: (small[page], larger[page]) for page in small if larger[page] > small[page]}
    assert grown == {}


async def _statements(folder: Path, size: Size) -> dict[str, int]:
    database = Database(f"sqlite+aiosqlite:///{folder}/{size.detections}.db")
    found = {}
    async with large_site(database, folder, size) as shell:
        with counting(database) as counter:
            for role, pages in PAGES.items():
                async with shell.signed_in(role) as client:
                    for page in pages:
                        await ask_page(client, page)
                        counter.statements = 0
                        answer = await ask_page(client, page)
                        assert answer.status_code < 300, (page, answer.text)
                        found[name_of(page)] = counter.statements
    await database.close()
    return found
