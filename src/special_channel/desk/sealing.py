"""Seal the secret of a key file with a passphrase: scrypt, then AES-256-GCM.

Does not ask for passphrases and draws nothing: salt and nonce are arguments.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal
from unicodedata import normalize

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import Field

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.entries import Model

SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32

COST: Final = 2**17
"""scrypt's N for new files: 128 MiB and about half a second on a machine of 2024."""

SHORTEST: Final = 12
"""Least characters of a new passphrase: six words of a list, or twelve random letters."""

Draw = Callable[[int], bytes]
"""Returns the requested number of random bytes."""

Ask = Callable[[str], str]
"""Returns the passphrase of the key file with this name."""


class Sealed(Model):
    """A sealed secret. `n`, `r` and `p` are scrypt's parameters; `box` is the AES-GCM output."""

    kdf: Literal["scrypt"]
    # Bounds: a file from elsewhere must not take the machine's whole memory (128 * n * r bytes).
    n: Annotated[int, Field(ge=2**14, le=2**20)]
    r: Annotated[int, Field(ge=8, le=16)]
    p: Annotated[int, Field(ge=1, le=4)]
    salt: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{22}==$")]
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{16}$")]
    box: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{64}$")]


def seal(seed: bytes, about: str, passphrase: str, draw: Draw, *, cost: int = COST) -> Sealed:
    """Seal 32 secret bytes; `about` is authenticated with them and stays readable.

    Raises:
        Malformed: `passphrase-short`.
    """
    if len(passphrase.strip()) < SHORTEST:
        raise Malformed("passphrase-short", "The passphrase is too short.", least=SHORTEST)
    salt, nonce = draw(SALT_BYTES), draw(NONCE_BYTES)
    key = _derived(passphrase, salt, cost, 8, 1)
    return Sealed(
        kdf="scrypt",
        n=cost,
        r=8,
        p=1,
        salt=b64encode(salt).decode(),
        nonce=b64encode(nonce).decode(),
        box=b64encode(AESGCM(key).encrypt(nonce, seed, about.encode())).decode(),
    )


def unseal(sealed: Sealed, about: str, passphrase: str) -> bytes:
    """Return the secret bytes.

    Raises:
        Malformed: `passphrase-wrong` for another passphrase, or a file that was changed;
            `key-file-malformed` for a cost that is no power of two.
    """
    if sealed.n & (sealed.n - 1):
        raise Malformed("key-file-malformed", "The cost is no power of two.", file=about)
    key = _derived(passphrase, b64decode(sealed.salt), sealed.n, sealed.r, sealed.p)
    try:
        return AESGCM(key).decrypt(b64decode(sealed.nonce), b64decode(sealed.box), about.encode())
    except InvalidTag:
        raise Malformed("passphrase-wrong", "The passphrase does not open this file.") from None


def _derived(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # Keyboards of two systems may write one letter in two ways.
    text = normalize("NFC", passphrase).strip().encode()
    return Scrypt(salt=salt, length=KEY_BYTES, n=n, r=r, p=p).derive(text)


def passphrase_in(file: Path, *, closed: int = 0o077) -> str:
    """Return the first line of a file that its owner alone can read.

    Raises:
        NotFound: `file-unreadable`.
        Malformed: `key-file-open` if a mode bit of `closed` is set, `passphrase-needed` for an
            empty file.
    """
    try:
        data, mode = file.read_bytes(), file.stat().st_mode
    except OSError as error:
        raise NotFound("file-unreadable", "The file can't be read.", file=file.name) from error
    if mode & closed:
        raise Malformed("key-file-open", "Others may read the file.", file=file.name)
    lines = data.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0].strip():
        raise Malformed("passphrase-needed", "The passphrase is missing.")
    return lines[0]
