"""The payload of a bundle in order of path, read lazily while the bundle is written.

Does not choose the contents (`gather.py`) or write the bundle (`write.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from hashlib import sha256

from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.ids import Party
from special_channel.export.attachments import Attachments
from special_channel.export.gather import Gathered
from special_channel.export.spool import ById, SpooledText

Content = bytes | SpooledText
"""A file's content, in memory or in a temporary file."""


class Payload:
    """All payload files: fixed files, envelopes, parts, checkpoints and attachments."""

    def __init__(
        self,
        gathered: Gathered,
        envelopes: ById,
        parts: ById,
        files: Attachments,
        content: Mapping[str, Content],
    ) -> None:
        """Begin; `content` has the fixed files of every bundle, by path."""
        self._gathered = gathered
        self._by_id = {"data/entries/": envelopes, "data/parts/": parts}
        self._files = files
        self._content = content

    def size(self) -> tuple[int, int]:
        """Return the total bytes, and the number of files."""
        gathered, (envelopes, parts) = self._gathered, self._by_id.values()
        notes, files = gathered.earlier.values(), gathered.files
        size = sum(map(len, self._content.values())) + sum(files.values())
        size += sum(map(gathered.entries.envelope_size, envelopes.positions()))
        size += sum(map(len, parts.values())) + sum(texts.bytes for texts in notes)
        count = len(self._content) + len(files) + len(envelopes) + len(parts)
        return size, count + sum(map(len, notes))

    async def files(self) -> AsyncIterator[tuple[str, Content]]:
        """Yield path and content of each file, in order of path.

        Raises:
            Corrupt: `file-digest` if a stored attachment has another digest.
        """
        groups: dict[str, Iterable[tuple[str, Content]]] = {
            path: [(path, content)] for path, content in self._content.items()
        }
        groups |= {folder: self._of(folder) for folder in self._by_id}
        groups |= {_notes(party): self._notes_of(party) for party in self._gathered.earlier}
        digests = sorted(self._gathered.files)
        # Paths of different groups do not interleave, so sorting the groups sorts the paths.
        for group in sorted([*groups, "data/files/"]):
            if group == "data/files/":
                for digest in digests:
                    yield f"data/files/{digest}", await self._file(digest)
            else:
                for path, content in groups[group]:
                    yield path, content

    def _of(self, folder: str) -> Iterator[tuple[str, bytes]]:
        return ((f"{folder}{name}.json", data) for name, data in self._by_id[folder].items())

    def _notes_of(self, party: Party) -> Iterator[tuple[str, bytes]]:
        notes = self._gathered.earlier[party]
        return ((f"{_notes(party)}{size}", notes[size]) for size in sorted(notes, key=str))

    async def _file(self, digest: str) -> bytes:
        data = b"".join([chunk async for chunk in self._files.get(digest)])
        if sha256(data).hexdigest() != digest:
            raise Corrupt(
                "file-digest", "A stored file is not the one that was stored.", file=digest
            )
        return data


def _notes(party: Party) -> str:
    return f"data/logs/{party}/checkpoints/"
