"""Attachments as an export reads them: which are in the bundle, and why others are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Protocol

from special_channel.core.bytes import parts
from special_channel.core.bytes.errors import Malformed, NotAllowed, Unavailable
from special_channel.core.bytes.parts import FilePart
from special_channel.stores.files import FileState

WITHHELD: Final = {"file-quarantined": "quarantined", "file-being-checked": "not-scanned"}
"""Why a stored file is not in a bundle, by the code of its refusal."""


class Attachments(Protocol):
    """The methods of `stores.files.Files` used by an export."""

    async def state(self, sha256: str) -> FileState | None:
        """Return a stored file's state by digest; None if missing.

        Raises:
            NotAllowed: `file-quarantined`; the file is withheld.
            Unavailable: `file-being-checked`; the file is withheld.
        """
        ...

    def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes in chunks."""
        ...


async def length_of(files: Attachments, sha256: str) -> tuple[int, str]:
    """Return a file's length, or why it is withheld."""
    try:
        state = await files.state(sha256)
    except (NotAllowed, Unavailable) as error:
        if error.code not in WITHHELD:
            raise
        return 0, WITHHELD[error.code]
    return (0, "not-arrived") if state is None else (state.length, "")


def file_in(disclosure: bytes | None) -> FilePart | None:
    """Return the file that a part names; None for another part."""
    if disclosure is None:
        return None
    try:
        part = parts.parse(disclosure)
    except Malformed:
        return None
    return part if isinstance(part, FilePart) else None
