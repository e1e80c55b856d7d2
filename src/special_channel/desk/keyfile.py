"""Read and write key files: one private key and its description, readable by its owner alone.

Does not draw keys: the seed is an argument.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.fields import Name, Word
from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.bytes.suites import PrivateKey, Suite, key_id
from special_channel.core.entries import Model, Role
from special_channel.core.rows.writing import Signer


class _File(Model):
    v: Literal[1]
    party: Party
    key: KeyId
    suite: Suite
    role: Role
    unit: Annotated[str, Field(max_length=200)] = ""
    desk: Word
    name: Name | None = None
    seed: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]


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

    def write(self, path: Path) -> None:
        """Write the file for its owner alone (0600).

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
            seed=b64encode(self.seed).decode(),
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
    def read(cls, path: Path) -> KeyFile:
        """Read a key file.

        Raises:
            NotFound: `key-file-missing`.
            Malformed: `key-file-malformed`, `key-file-open` if others may read the file.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise NotFound(
                "key-file-missing", "There is no such key file.", file=path.name
            ) from error
        if path.stat().st_mode & 0o077:
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
            b64decode(content.seed),
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
