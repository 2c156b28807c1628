"""The key and certificate by which the parts of one cluster authenticate each other.

Any client of a Dask scheduler can run code as its user, so loopback alone does not protect on a
machine with several users: both sides must present the same certificate, whose key only this user
can read.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dnn_core.runs.records import now

if TYPE_CHECKING:
    from distributed.security import Security

KEY = "key.pem"
CERTIFICATE = "certificate.pem"
NAME = "dnn-workbench"
LIFETIME = timedelta(days=365)


def make_certificate(folder: Path) -> None:
    """Write a new key and a certificate signed with it, both readable by their owner only."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A day early, so that a clock that is set back does not lock anyone out.
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(
        folder / KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    write_private(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))


def security(folder: Path) -> Security:
    """The security settings for scheduler, workers and clients of the cluster in this folder."""
    from distributed.security import Security

    key, certificate = str(folder / KEY), str(folder / CERTIFICATE)
    roles = {
        f"tls_{role}_{part}": path
        for role in ("scheduler", "worker", "client")
        for part, path in (("key", key), ("cert", certificate))
    }
    return Security(require_encryption=True, tls_ca_file=certificate, **roles)


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
