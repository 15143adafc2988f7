import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from api.people import accounts, passwords
from api.people.passwords import hash_of_password, is_password
from api.people.rules import LONGEST_LOCK, TRIES_BEFORE_LOCK, lock_lasts
from api.people.tables import Account
from api.tables import Person, Role, SignIn
from tests.api.shell import Shell
from tests.api.world import DUSK, World

SESSION = "/api/v1/session"
ACCOUNT = "/api/v1/me/account"
RIGHT = "fig bamboo river 7"


@pytest.fixture
async def bo(world: World) -> Person:
    """The ranger, with an account."""
    await give_account(world, world.ranger, "bo", RIGHT)
    return world.ranger


async def give_account(world: World, person: Person, username: str, password: str) -> None:
    hashed = await hash_of_password(password)
    async with world.database.transaction() as session:
        await accounts.put_account(session, person.id, username, hashed, DUSK)


async def try_in(browser: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await browser.post(SESSION, json={"name": name, "password": password})


async def test_a_name_and_its_password_let_in(shell: Shell, bo: Person) -> None:
    async with shell.browser() as browser:
        welcome = await try_in(browser, " BO ", RIGHT)
        me = (await browser.get("/api/v1/me")).json()

    assert (welcome.status_code, me["person"]["name"]) == (201, bo.name)


async def test_a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words(
    shell: Shell, bo: Person
) -> None:
    async with shell.browser() as browser:
        wrong = await try_in(browser, "bo", "fig bamboo river 8")
        nobody = await try_in(browser, "nobody", RIGHT)

    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json() == nobody.json()


async def test_a_password_is_kept_as_argon2id_and_never_as_itself(world: World, bo: Person) -> None:
    (account,) = await world.rows(Account)

    assert account.password_hash.startswith("$argon2id$")
    assert RIGHT not in account.password_hash


async def test_the_event_loop_goes_on_while_a_password_is_looked_at() -> None:
    kept = await hash_of_password(RIGHT)
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - before)

    ticking = asyncio.create_task(tick())
    start = time.monotonic()
    assert all(await asyncio.gather(*(is_password(RIGHT, kept) for _ in range(6))))
    took = time.monotonic() - start
    ticking.cancel()

    assert longest < took / 2


async def test_after_five_wrong_passwords_even_the_right_one_waits(
    shell: Shell, bo: Person
) -> None:
    async with shell.browser() as browser:
        for _ in range(TRIES_BEFORE_LOCK):
            assert (await try_in(browser, "bo", "wrong wrong")).status_code == 401
        locked = await try_in(browser, "bo", RIGHT)
        shell.clock.wind(seconds=31)
        opened = await try_in(browser, "bo", RIGHT)

    assert (locked.status_code, opened.status_code) == (429, 201)
    assert 0 < int(locked.headers["retry-after"]) <= 30


async def test_guesses_at_once_get_no_more_tries_than_guesses_in_a_row(
    shell: Shell, bo: Person
) -> None:
    async def guess(number: int) -> int:
        async with shell.browser(host=f"198.51.100.{number}") as browser:
            return (await try_in(browser, "bo", "wrong wrong")).status_code

    answers = await asyncio.gather(*(guess(number) for number in range(12)))

    assert sorted(answers) == [401] * TRIES_BEFORE_LOCK + [429] * (12 - TRIES_BEFORE_LOCK)


async def test_a_name_that_does_not_exist_is_locked_like_one_that_does(
    shell: Shell, bo: Person
) -> None:
    async with shell.browser() as browser:
        answers = [
            (await try_in(browser, "nobody", "wrong wrong")).status_code
            for _ in range(TRIES_BEFORE_LOCK + 1)
        ]

    assert answers == [401] * TRIES_BEFORE_LOCK + [429]


def test_a_lock_grows_but_never_for_good() -> None:
    lasts = [lock_lasts(tries) for tries in range(40)]

    assert lasts == sorted(lasts)
    assert lasts[TRIES_BEFORE_LOCK - 1] == timedelta(0)
    assert lasts[TRIES_BEFORE_LOCK] > timedelta(0)
    assert max(lasts) == LONGEST_LOCK


async def test_another_password_signs_every_browser_out(
    shell: Shell, bo: Person, world: World
) -> None:
    async with shell.browser() as browser, shell.browser() as thief:
        await try_in(thief, "bo", RIGHT)
        await try_in(browser, "bo", RIGHT)
        changed = await browser.put(
            ACCOUNT,
            json={"username": "bo", "password": "new bamboo 99", "current_password": RIGHT},
        )
        again = await try_in(browser, "bo", "new bamboo 99")
        stolen = await thief.get("/api/v1/me")

    assert (changed.status_code, again.status_code, stolen.status_code) == (204, 201, 401)
    assert len(await world.rows(SignIn)) == 1


async def test_a_browser_left_open_does_not_change_the_password(shell: Shell, bo: Person) -> None:
    async with shell.browser() as browser:
        await try_in(browser, "bo", RIGHT)
        refused = await browser.put(ACCOUNT, json={"username": "bo", "password": "new bamboo 99"})

    assert (refused.status_code, refused.json()["error"]) == (403, "wrong_password")


async def test_an_invited_ranger_gives_themselves_a_password(shell: Shell) -> None:
    async with shell.signed_in(Role.RANGER) as browser:
        made = await browser.put(ACCOUNT, json={"username": "Lin", "password": RIGHT})
        welcome = await try_in(browser, "lin", RIGHT)

    assert (made.status_code, welcome.status_code) == (204, 201)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "lin-lin-lin", "x" * 201])
async def test_an_easy_password_is_refused(password: str, shell: Shell) -> None:
    async with shell.signed_in(Role.RANGER) as browser:
        refused = await browser.put(ACCOUNT, json={"username": "lin", "password": password})

    assert (refused.status_code, refused.json()["error"]) == (422, "weak_password")


async def test_nobody_takes_anothers_name(shell: Shell, bo: Person) -> None:
    async with shell.signed_in(Role.RANGER) as browser:
        refused = await browser.put(ACCOUNT, json={"username": "Bo", "password": RIGHT})

    assert refused.status_code == 409


async def test_whoever_is_shut_out_is_out_at_once(shell: Shell, bo: Person, world: World) -> None:
    async with shell.browser() as browser:
        await try_in(browser, "bo", RIGHT)
        async with world.database.transaction() as session:
            await accounts.set_disabled(session, bo.id, DUSK)
        inside = await browser.get("/api/v1/me")
        outside = await try_in(browser, "bo", RIGHT)

    assert (inside.status_code, outside.status_code) == (401, 401)


async def test_an_invite_code_and_a_password_together_are_neither(shell: Shell) -> None:
    async with shell.browser() as browser:
        both = await browser.post(
            SESSION, json={"invite_code": "A", "name": "bo", "password": RIGHT}
        )
        neither = await browser.post(SESSION, json={"name": "bo"})

    assert (both.status_code, neither.status_code) == (422, 422)


async def test_a_kept_hash_of_another_kind_lets_nobody_in() -> None:
    assert not await passwords.is_password("x", "$1$plain$x")
