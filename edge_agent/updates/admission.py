"""Whether an offer may be fetched at all: who signed it, how old it is, whether it can run here."""

from dataclasses import dataclass
from datetime import date, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.updates import Manifest, UpdateOffer, read_manifest
from edge_agent.updates.refusal import RefusedError


@dataclass(frozen=True, slots=True)
class Place:
    """The station as a release finds it.

    `newest_signed_at` is the time of the newest signature ever taken here; None before the first.
    """

    architecture: str
    running: str
    running_created: date | None
    newest_signed_at: datetime | None
    most_bytes: int


def opened(offer: UpdateOffer, public_key: str | None) -> Manifest:
    """Return an offer's manifest, if the holder of the release key has signed it.

    Raises:
        RefusedError: no key is set up, or another one signed, or other bytes were signed.
    """
    if public_key is None:
        raise RefusedError("this station has no [updates] public_key: it takes no releases")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(offer.signature), offer.signed_bytes)
    except InvalidSignature as error:
        raise RefusedError("its signature is not of the release key and these bytes") from error
    try:
        return read_manifest(offer.manifest)
    except UnreadableMessageError as error:
        raise RefusedError(str(error)) from error


def admit(manifest: Manifest, place: Place) -> None:
    """Let a release in, or say why not. What can only be seen by running it is for the trial.

    An old offer with a good signature is still an attack: it would bring an old weakness back. So a
    signature older than the newest one taken never counts, and a release older than the running
    one only if its signer says `downgrade`.

    Raises:
        RefusedError: it is too old, too large, or for other machines.
    """
    newest = place.newest_signed_at
    if newest is not None and manifest.signed_at < newest:
        raise RefusedError(
            f"it was signed at {manifest.signed_at:%Y-%m-%d %H:%M}, "
            f"before the newest one taken here ({newest:%Y-%m-%d %H:%M})"
        )
    created = place.running_created
    if created is not None and manifest.created < created and not manifest.downgrade:
        raise RefusedError(
            f"{manifest.name} of {manifest.created} is older than {place.running} of {created}, "
            "and is not signed as a downgrade"
        )
    machines = manifest.needs.architectures
    if machines and place.architecture not in machines:
        raise RefusedError(f"it is for {', '.join(machines)}; this is {place.architecture}")
    if manifest.size_bytes > place.most_bytes:
        raise RefusedError(
            f"it weighs {manifest.size_bytes / 1e6:.1f} MB; {place.most_bytes / 1e6:g} are allowed"
        )
