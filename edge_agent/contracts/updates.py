"""A signed model release on its way to a station, and what the station says of it.

What is signed are the manifest's bytes as they travel, after a line that no other signature of ours
begins with. The manifest names every file with its SHA-256, so the signature covers all of them.
"""

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.messages import Message, Name, Reason, Sha256

SIGNED_AFTER = b"trunkline release v1\n"
MAX_MANIFEST_BYTES = 16 * 1024
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][\w.-]{0,99}$", max_length=100)]
Figure = Annotated[float, Field(allow_inf_nan=False)]
Ed25519Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class ReleaseFile(BaseModel):
    """One file of a release."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: FileName
    sha256: Sha256
    bytes: Annotated[int, Field(ge=1, le=2**40)]


class Needs(BaseModel):
    """What a release wants of the station; no architectures means any."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    opset: Annotated[int, Field(ge=1, le=10_000)]
    input_size_px: Annotated[int, Field(ge=32, le=4096)]
    architectures: tuple[Name, ...] = ()  # as `uname -m` says


class Manifest(BaseModel):
    """What a release consists of. `downgrade` lets it take the place of a newer one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    name: Name
    created: date
    signed_at: AwareDatetime
    downgrade: bool = False
    needs: Needs
    files: Annotated[tuple[ReleaseFile, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _names_each_file_once(self) -> Self:
        names = [file.name.lower() for file in self.files]
        if len(set(names)) < len(names):
            raise ValueError("two files have the same name")
        return self

    @property
    def size_bytes(self) -> int:
        """What all its files weigh."""
        return sum(file.bytes for file in self.files)

    def canonical(self) -> str:
        """Return its text: the same for the same content, whoever writes it."""
        fields = self.model_dump(mode="json")
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


class UpdateOffer(Message):
    """A signed release. Its files lie under `url`, each by its name.

    A withdrawn one has no good signature any more: nobody takes it by mistake.
    """

    manifest: Annotated[str, Field(min_length=2, max_length=MAX_MANIFEST_BYTES)]
    signature: Ed25519Signature
    url: Annotated[str, Field(max_length=500)]
    withdrawn: bool = False

    def without_signature(self) -> Self:
        """Return it as it is told to a station that shall leave it off."""
        return self.model_copy(update={"withdrawn": True, "signature": "0" * 128})

    @property
    def digest(self) -> str:
        """The offer's name: the SHA-256 of its manifest."""
        return hashlib.sha256(self.manifest.encode()).hexdigest()

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return SIGNED_AFTER + self.manifest.encode()


class Step(StrEnum):
    """Where an offered release is on its way."""

    FETCHING = "fetching"
    TRIAL = "trial"  # looks at the same frames beside the running one, and nobody hears it
    PROBATION = "probation"  # looks first; the one before stands by
    RUNNING = "running"
    REFUSED = "refused"  # before it ever looked first
    ROLLED_BACK = "rolled_back"


ENDS = frozenset({Step.RUNNING, Step.REFUSED, Step.ROLLED_BACK})


class UpdateReport(Message):
    """What the station says of the newest offer, and which release runs."""

    at: AwareDatetime
    offer: Sha256 | None = None
    release: Name | None = None
    step: Step | None = None
    reason: Reason = ""
    running: Name
    figures: dict[str, Figure] = Field(default_factory=dict)


def read_manifest(text: str) -> Manifest:
    """Read a manifest whose signature has been verified.

    Raises:
        UnreadableMessageError: says which field is wrong.
    """
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise UnreadableMessageError(f"the manifest's {where}: {first['msg']}") from error
