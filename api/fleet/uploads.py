"""A signed release in one ZIP file: packed beside the key, unpacked on the server's shelf.

In it lie the files that stations fetch, and `offer.json` with the manifest and its signature. The
server has no key that signs: it takes only what a key that it was told of has signed.
"""

import errno
import hashlib
import json
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from api.errors import InvalidError
from api.fleet.releases import files_in
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.updates import Manifest, ReleaseFile, UpdateOffer, read_manifest

OFFER_FILE = "offer.json"
MAX_RELEASE_BYTES = 512 * 2**20
_MAX_OFFER_BYTES = 64 * 1024
_PIECE = 2**20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def pack(folder: Path, offer: UpdateOffer, archive: Path) -> None:
    """Write a release's files and its signed offer into one ZIP file.

    Raises:
        InvalidError: the file cannot be written.
    """
    told = {"manifest": offer.manifest, "signature": offer.signature, "url": ""}
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr(OFFER_FILE, json.dumps(told))
            for path in files_in(folder):
                zipped.write(path, path.name)
    except OSError as error:
        raise InvalidError(f"{archive} cannot be written: {error.strerror}") from error


def unpack(
    archive: Path, keys: Sequence[str], shelf: Path, base_url: str
) -> tuple[UpdateOffer, Manifest]:
    """Lay a packed release on the shelf if its signature and every checksum are right.

    Raises:
        InvalidError: it is no packed release, nobody we trust has signed it, or a file in it is
            not the signed one. Nothing is left on the shelf then.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            offer = _offer_in(zipped, base_url)
            manifest = verified(offer, keys)
            if manifest.size_bytes > MAX_RELEASE_BYTES:
                raise InvalidError("this release weighs more than stations take")
            _lay_out(zipped, manifest, shelf, offer.digest)
    except (*_BROKEN, OSError) as error:
        # Only an archive sends its reader before its own beginning; a full shelf is not its fault.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise InvalidError(
            "this is no packed release; `trunkline-server model pack` makes one", code="no_release"
        ) from error
    return offer, manifest


def verified(offer: UpdateOffer, keys: Sequence[str]) -> Manifest:
    """Return what an offer's manifest says, if one of these public keys (hex) has signed it.

    Raises:
        InvalidError: none of them has, or the manifest cannot be read.
    """
    if not any(_has_signed(key, offer) for key in keys):
        raise InvalidError(
            "this release is not signed by a key that this server knows", code="bad_signature"
        )
    try:
        return read_manifest(offer.manifest)
    except UnreadableMessageError as error:
        raise InvalidError(str(error), code="no_release") from error


def _has_signed(key: str, offer: UpdateOffer) -> bool:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    try:
        public.verify(bytes.fromhex(offer.signature), offer.signed_bytes)
    except InvalidSignature:
        return False
    return True


def _offer_in(zipped: zipfile.ZipFile, base_url: str) -> UpdateOffer:
    try:
        with zipped.open(OFFER_FILE) as file:
            offer = UpdateOffer.model_validate_json(file.read(_MAX_OFFER_BYTES))
    except (KeyError, ValidationError) as error:
        raise InvalidError(
            f"there is no readable {OFFER_FILE} in it; `trunkline-server model pack` makes one",
            code="no_release",
        ) from error
    url = f"{base_url}/api/v1/releases/{offer.digest}"
    return offer.model_copy(update={"url": url, "withdrawn": False})


def _lay_out(zipped: zipfile.ZipFile, manifest: Manifest, shelf: Path, digest: str) -> None:
    target = shelf / digest
    fresh = shelf / f".{digest}.{secrets.token_hex(4)}"
    fresh.mkdir(parents=True)
    try:
        for file in manifest.files:
            _copy(zipped, file, fresh / file.name)
        if not target.exists():
            fresh.replace(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _copy(zipped: zipfile.ZipFile, wanted: ReleaseFile, path: Path) -> None:
    """Unpack one file; never more of it than was signed, however much the archive unfolds to."""
    digest, left = hashlib.sha256(), wanted.bytes
    try:
        with zipped.open(wanted.name) as source, path.open("wb") as file:
            while piece := source.read(min(_PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    break
                digest.update(piece)
                file.write(piece)
    except KeyError as error:
        raise InvalidError(f"{wanted.name} is missing in it", code="bad_checksum") from error
    if left != 0 or digest.hexdigest() != wanted.sha256:
        raise InvalidError(f"{wanted.name} is not the file that was signed", code="bad_checksum")
