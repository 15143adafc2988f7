"""Signs a release, and lays its files where stations fetch them."""

import os
import shutil
import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from api.errors import InvalidError
from api.fleet.onnx_facts import NotAnOnnxFileError, opset_of
from edge_agent.contracts.messages import body_sha256
from edge_agent.contracts.updates import Manifest, Needs, ReleaseFile, UpdateOffer

MODEL_FILE = "model.toml"
# What a station has no use for: the checkpoint that training goes on from, and pages for people.
NOT_FOR_STATIONS = frozenset({".pt", ".md", ".png", ".jpg"})


def new_release_key(path: Path) -> str:
    """Make the key that signs releases, in a file of its own; return its public half.

    Raises:
        InvalidError: the file exists already: a key is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key.private_bytes_raw().hex() + "\n")
    except FileExistsError as error:
        raise InvalidError(f"{path} exists already") from error
    except OSError as error:
        raise InvalidError(f"{path} cannot be written: {error.strerror}") from error
    return key.public_key().public_bytes_raw().hex()


def read_release_key(path: Path) -> Ed25519PrivateKey:
    """Read the key that signs releases.

    Raises:
        InvalidError: there is no such key.
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    except (OSError, ValueError) as error:
        raise InvalidError(f"{path} holds no release key; `model key` makes one") from error


def describe(
    folder: Path, now: datetime, *, downgrade: bool = False, architectures: Sequence[str] = ()
) -> Manifest:
    """Write down what a release folder holds.

    Raises:
        InvalidError: it is no release, or its files are not those that its model.toml names.
    """
    try:
        told = tomllib.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
        network: dict[str, Any] = told["network"]
        data = (folder / network["file"]).read_bytes()
        if body_sha256(data) != network["sha256"]:
            raise InvalidError(f"{network['file']} is not the file that {MODEL_FILE} names")
        return Manifest(
            name=told["name"],
            created=told["created"],
            signed_at=now,
            downgrade=downgrade,
            needs=Needs(
                opset=opset_of(data),
                input_size_px=network["input_size_px"],
                architectures=tuple(architectures),
            ),
            files=tuple(_file_of(path) for path in files_in(folder)),
        )
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise InvalidError(f"{folder} is no release: {error}") from error
    except (ValidationError, NotAnOnnxFileError) as error:
        raise InvalidError(f"{folder} cannot be offered: {error}") from error


def signed(manifest: Manifest, key: Ed25519PrivateKey, base_url: str) -> UpdateOffer:
    """Return the offer of a release whose files will lie below `base_url`."""
    unsigned = UpdateOffer(manifest=manifest.canonical(), signature="0" * 128, url="")
    return unsigned.model_copy(
        update={
            "signature": key.sign(unsigned.signed_bytes).hex(),
            "url": f"{base_url}/api/v1/releases/{unsigned.digest}",
        }
    )


def lay_out(folder: Path, offer: UpdateOffer, shelf: Path) -> Path:
    """Copy a release's files to where they are served; return that folder."""
    target = shelf / offer.digest
    fresh = shelf / f".{offer.digest}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for path in files_in(folder):
        shutil.copyfile(path, fresh / path.name)
    if not target.exists():
        fresh.replace(target)
    return target


def files_in(folder: Path) -> list[Path]:
    """Return what a station needs of a release folder, by name."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in NOT_FOR_STATIONS and path.name[0] != "."
    )


def _file_of(path: Path) -> ReleaseFile:
    data = path.read_bytes()
    return ReleaseFile(name=path.name, sha256=body_sha256(data), bytes=len(data))
