"""Read and write key files: one private key and its description, readable by its owner alone.

The secret is plain, or sealed with a passphrase. Does not draw keys: the seed is an argument.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.fields import Name, Word
from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.bytes.suites import PrivateKey, Suite, key_id
from special_channel.core.entries import Model, Role
from special_channel.core.rows.writing import Signer
from special_channel.desk.sealing import Ask, Sealed, unseal


class _File(Model):
    v: Literal[1]
    party: Party
    key: KeyId
    suite: Suite
    role: Role
    unit: Annotated[str, Field(max_length=200)] = ""
    desk: Word
    name: Name | None = None
    seed: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")] | None = None
    sealed: Sealed | None = None

    @model_validator(mode="after")
    def _has_one_secret(self) -> Self:
        if (self.seed is None) == (self.sealed is None):
            raise ValueError("a key file has a plain secret or a sealed one")
        return self


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A private key with its party, role, unit and desk. `name` is its name in signed notes."""

    party: Party
    role: Role
    unit: str
    desk: str
    private: PrivateKey
    seed: bytes
    name: str

    @classmethod
    def make(  # noqa: PLR0913 - all of a key file
        cls,
        party: Party,
        role: Role,
        seed: bytes,
        *,
        suite: Suite = "ed25519",
        unit: str = "",
        desk: str = "",
        name: str = "",
    ) -> KeyFile:
        """Derive a key from a seed of 32 random bytes."""
        return cls(party, role, unit, desk or role, PrivateKey.from_seed(suite, seed), seed, name)

    @property
    def key(self) -> KeyId:
        """The key id."""
        return key_id(self.party, self.private.suite, self.private.public)

    @property
    def public(self) -> str:
        """The public key in standard base64."""
        return b64encode(self.private.public).decode()

    @property
    def signer(self) -> Signer:
        """The key as a signer of entries."""
        return Signer(self.key, self.private)

    def write(self, path: Path, sealed: Sealed | None = None) -> None:
        """Write the file for its owner alone (0600), with the plain secret or the sealed one.

        Raises:
            Malformed: `key-file-exists`, since keys are never overwritten; `file-unwritable`.
        """
        content = _File(
            v=1,
            party=self.party,
            key=self.key,
            suite=self.private.suite,
            role=self.role,
            unit=self.unit,
            desk=self.desk,
            name=self.name or None,
            seed=None if sealed else b64encode(self.seed).decode(),
            sealed=sealed,
        )
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise Malformed(
                "key-file-exists", "There is a key file of this name.", file=path.name
            ) from None
        except OSError as error:
            raise Malformed(
                "file-unwritable", "The key file can't be written.", file=path.name
            ) from error
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content.model_dump_json(indent=2, exclude_none=True) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    @classmethod
    def read(cls, path: Path, ask: Ask | None = None, *, closed: int = 0o077) -> KeyFile:
        """Read a key file.

        Args:
            path: The file.
            ask: Returns the passphrase of a sealed file.
            closed: Mode bits that must not be set.

        Raises:
            NotFound: `key-file-missing`.
            Malformed: `key-file-malformed`, `key-file-open` if others may read the file,
                `key-file-sealed` without `ask`, `passphrase-wrong`.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise NotFound(
                "key-file-missing", "There is no such key file.", file=path.name
            ) from error
        if path.stat().st_mode & closed:
            raise Malformed(
                "key-file-open", "Others may read the key file; make it 0600.", file=path.name
            )
        try:
            content = _File.model_validate_json(data)
        except ValidationError:
            raise Malformed(
                "key-file-malformed", "This is not a key file.", file=path.name
            ) from None
        key_file = cls.make(
            content.party,
            content.role,
            _secret(content, path, ask),
            suite=content.suite,
            unit=content.unit,
            desk=content.desk,
            name=content.name or "",
        )
        if key_file.key != content.key:
            raise Malformed(
                "key-file-malformed", "The key id is not that of the key.", file=path.name
            )
        return key_file


def _secret(content: _File, path: Path, ask: Ask | None) -> bytes:
    if content.seed is not None:
        return b64decode(content.seed)
    assert content.sealed is not None  # noqa: S101 - `_has_one_secret`
    if ask is None:
        raise Malformed(
            "key-file-sealed", "The key file is sealed with a passphrase.", file=path.name
        )
    return unseal(content.sealed, content.key, ask(path.name))
