"""
Sealing: what only the holders of the passphrase may read, as bytes that say nothing else but a rough size.

The key of AES-256-GCM comes from the passphrase by scrypt; salt and nonce are new each time. The content is padded to
steps of 64 KiB, so that the size of a file does not say how much was found.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from auditkit.errors import RegisterError

if TYPE_CHECKING:
    from auditkit.journal import Codec

MAGIC = b"AUDITKIT-SEALED-1\n"
STEP = 64 * 1024
SALT, NONCE, LENGTH, TAG = 16, 12, 8, 16
# scrypt with 64 MiB of memory: a fifth of a second for the holder, and for whoever tries passphrases.
COST, BLOCK, PARALLEL = 2**16, 8, 1


def seal(data: bytes, passphrase: str) -> bytes:
    """Return `data` sealed with the passphrase; raises RegisterError for an empty one."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not passphrase:
        raise RegisterError("nothing is sealed without a passphrase", hint="name a file with one in auditkit.toml")
    salt, nonce = os.urandom(SALT), os.urandom(NONCE)
    head = MAGIC + salt + nonce
    plain = len(data).to_bytes(LENGTH, "big") + data
    plain += bytes(-len(plain) % STEP)
    return head + AESGCM(_derived(passphrase, salt)).encrypt(nonce, plain, head)


def unseal(sealed: bytes, passphrase: str, name: str = "") -> bytes:
    """Return what was sealed; raises RegisterError for a wrong passphrase, a changed byte, another kind of file."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    start = len(MAGIC) + SALT + NONCE
    if not sealed.startswith(MAGIC) or len(sealed) < start + STEP + TAG:
        hint = "restore the file from a copy of the project"
        raise RegisterError("this is no sealed file of auditkit, or a part of one", path=name or None, hint=hint)
    head, salt, nonce = sealed[:start], sealed[len(MAGIC) : len(MAGIC) + SALT], sealed[start - NONCE : start]
    try:
        plain = AESGCM(_derived(passphrase, salt)).decrypt(nonce, sealed[start:], head)
    except InvalidTag:
        hint = "give the passphrase it was sealed with, or restore the file from a copy of the project"
        message = "the passphrase does not open it, or the file was changed"
        raise RegisterError(message, path=name or None, hint=hint) from None
    length = int.from_bytes(plain[:LENGTH], "big")
    return plain[LENGTH : LENGTH + length]


def codec(passphrase: str, name: str) -> Codec:
    """Return how a sealed journal lies on disk; `name` is the file's, for messages."""
    from auditkit.journal import Codec

    return Codec(lambda data: seal(data, passphrase), lambda data: unseal(data, passphrase, name))


def _derived(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=COST, r=BLOCK, p=PARALLEL).derive(passphrase.encode("utf-8"))
