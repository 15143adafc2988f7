"""A certificate authority of one's own, for a broker that stations reach over the internet."""

import ipaddress
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.errors import InvalidError

AUTHORITY_LASTS = timedelta(days=3650)  # stations in the forest have it on their cards
SERVER_LASTS = timedelta(days=397)
RENEW_BEFORE = timedelta(days=60)


def write_certificates(folder: Path, names: Sequence[str], now: datetime) -> list[Path]:
    """Write ca.crt, ca.key, server.crt and server.key; return the paths of what is new.

    An authority that is there stays: stations trust it. The server's certificate is made anew if it
    ends soon or is for other names.

    Raises:
        InvalidError: no name was given, or what is there cannot be read.
    """
    if not names:
        raise InvalidError("a certificate needs the name by which stations find the broker")
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = folder / "ca.crt", folder / "ca.key"
    server, server_key = folder / "server.crt", folder / "server.key"
    written: list[Path] = []
    if not authority.exists() or not authority_key.exists():
        written += _write_authority(authority, authority_key, now)
    elif server.exists() and server_key.exists() and _serves(server, names, now):
        return []
    try:
        ca = x509.load_pem_x509_certificate(authority.read_bytes())
        signer = serialization.load_pem_private_key(authority_key.read_bytes(), password=None)
    except (ValueError, TypeError, OSError) as error:
        raise InvalidError(f"{folder} holds an authority that cannot be read: {error}") from error
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise InvalidError(f"{authority_key} is a key of another kind than this server makes")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begun(names[0], ca.subject, key, now, SERVER_LASTS)
        .add_extension(x509.SubjectAlternativeName([_name(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return [*written, *_write_pair(server, certificate, server_key, key)]


def _write_authority(path: Path, key_path: Path, now: datetime) -> list[Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trunkline's own authority")])
    usage = x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _begun("Trunkline's own authority", subject, key, now, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return _write_pair(path, certificate, key_path, key)


def _begun(
    name: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))  # stations' clocks may be wrong
        .not_valid_after(now + lasts)
    )


def _serves(path: Path, names: Sequence[str], now: datetime) -> bool:
    try:
        known = x509.load_pem_x509_certificate(path.read_bytes())
        found = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, OSError, x509.ExtensionNotFound):
        return False
    is_fresh = known.not_valid_after_utc - now > RENEW_BEFORE
    return is_fresh and list(found) == [_name(name) for name in names]


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        return x509.DNSName(text)
    except ValueError as error:
        raise InvalidError(f"{text!r} is no name of a machine") from error


def _write_pair(
    path: Path, certificate: x509.Certificate, key_path: Path, key: ec.EllipticCurvePrivateKey
) -> list[Path]:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(key_path, pem, 0o600)
    _write(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return [path, key_path]


def _write(path: Path, content: bytes, mode: int) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    part.replace(path)
