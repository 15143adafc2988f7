"""The server's signature under the end of a chain: whoever keeps one can tell a later forgery.

The key is Ed25519, made at first start in `ledger.secret`; its public half is for everybody. A
signature covers the site, how many entries its chain has, the last one's hash, and the root of the
tree over all of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.errors import InvalidError
from api.ledger.rules import Break, Head, canonical
from api.secret_files import secret_from

SECRET_FILE = "ledger.secret"  # noqa: S105 - a file's name
HEX_64 = r"^[0-9a-f]{64}$"
HEX_128 = r"^[0-9a-f]{128}$"
MAX_NUMBER = 2**53


class SignedHead(BaseModel):
    """A chain's end, signed. `key` is the public key, `root` that of the tree of all entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str = Field(max_length=40)
    number: int = Field(ge=0, le=MAX_NUMBER)
    hash: str = Field(pattern=HEX_64)
    root: str = Field(pattern=HEX_64)
    signed_at: AwareDatetime
    key: str = Field(pattern=HEX_64)
    signature: str = Field(pattern=HEX_128)

    @property
    def head(self) -> Head:
        """What was signed, without the signature."""
        return Head(self.number, self.hash)

    @property
    def statement(self) -> bytes:
        """The bytes under which the signature is."""
        return _statement(self.site, self.head, self.root, self.signed_at)

    @property
    def is_genuine(self) -> bool:
        """Whether the key that it names made the signature."""
        return is_signed(self.key, self.statement, self.signature)


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """What the server signs its ledger with."""

    private: Ed25519PrivateKey

    @classmethod
    def load_or_create(cls, data_dir: Path) -> "LedgerKey":
        """Read the key of a data folder, made on first use.

        Raises:
            SetUpError: the file is there but holds no key.
        """
        return cls(Ed25519PrivateKey.from_private_bytes(secret_from(data_dir / SECRET_FILE)))

    @property
    def public(self) -> str:
        """The public key, as 64 hex digits."""
        return self.private.public_key().public_bytes_raw().hex()

    def sign(self, site_id: str, head: Head, root: str, now: datetime) -> SignedHead:
        """Sign the end of a site's chain."""
        signature = self.private.sign(_statement(site_id, head, root, now)).hex()
        return SignedHead(
            site=site_id,
            number=head.number,
            hash=head.hash,
            root=root,
            signed_at=now,
            key=self.public,
            signature=signature,
        )

    def sign_words(self, words: bytes) -> str:
        """Sign anything else; as 128 hex digits."""
        return self.private.sign(words).hex()


def is_signed(public_key: str, words: bytes, signature: str) -> bool:
    """Whether the owner of a public key (64 hex digits) has signed these words."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), words)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_key(text: str) -> str:
    """Read a public key that somebody typed.

    Raises:
        InvalidError: it is none.
    """
    key = text.strip().lower()
    if re.fullmatch(HEX_64, key) is None:
        raise InvalidError("a ledger's public key is 64 hex digits, as `ledger key` prints it")
    return key


def read_signatures(lines: Iterable[str], where: str) -> list[SignedHead]:
    """Read signatures that were kept in a file, one to a line.

    Raises:
        InvalidError: a line is not one; names it.
    """
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(SignedHead.model_validate_json(line))
        except ValidationError as error:
            raise InvalidError(f"line {number} of {where} is no signature of a ledger") from error
    return found


def unlike(signed: SignedHead, head: Head, root: str) -> Break | None:
    """Return why a chain whose end is `head` is not the one that was signed; None if it is."""
    if (signed.head, signed.root) == (head, root):
        return None
    day = f"{signed.signed_at:%Y-%m-%d %H:%M} UTC"
    return Break(
        signed.number,
        f"entries up to {signed.number} were written anew: they are not what was signed on {day}",
    )


def _statement(site_id: str, head: Head, root: str, at: datetime) -> bytes:
    return canonical(
        {
            "what": "trunkline ledger head",
            "v": 1,
            "site": site_id,
            "number": head.number,
            "hash": head.hash,
            "root": root,
            "signed_at": at,
        }
    ).encode()
