import hashlib

from hypothesis import given
from hypothesis import strategies as st

from api.ledger.tree import paths_to, root_of, root_through

digests = st.binary(max_size=4).map(lambda seed: hashlib.sha256(seed).hexdigest())
chains = st.lists(digests, min_size=1, max_size=40)


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(st.lists(digests, max_size=40))
def test_the_root_is_that_of_the_standard(chain: list[str]) -> None:
    assert root_of(chain) == by_definition([bytes.fromhex(each) for each in chain]).hex()


@given(chains, st.data())
def test_every_entry_has_its_way_to_the_root(chain: list[str], data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(chain) - 1), min_size=1))

    paths = paths_to(places, chain)

    assert set(paths) == places
    for place, path in paths.items():
        assert root_through(place, len(chain), chain[place], path) == root_of(chain)


@given(chains, st.data())
def test_no_other_entry_place_or_way_leads_there(chain: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    (path,) = paths_to([place], chain).values()
    other = hashlib.sha256(b"another entry").hexdigest()
    longer, root = [*path, other], root_of(chain)

    assert root_through(place, len(chain), other, path) != root
    assert root_through(place, len(chain), chain[place], longer) is None
    assert root_through(len(chain), len(chain), chain[place], path) is None
    if path:
        assert root_through(place, len(chain), chain[place], path[:-1]) is None
