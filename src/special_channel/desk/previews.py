"""Previews of files: a page as a picture, or the beginning of a text.

Does not decide who may look: `file_scanner.py` does. Does not read files: `preview_job.py` does, in
a process with limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from special_channel.desk.reader import Reader

MOST_BYTES: Final = 20 * 2**20
"""Bytes of a file with a preview."""

MOST_PAGES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Preview:
    """A page of a file: a picture, or a text.

    Attributes:
        picture: PNG in base64; empty for a text.
        text: The text, or its beginning.
        more: Whether there is a further page, or more of the text.
    """

    picture: str = ""
    text: str = ""
    more: bool = False


async def preview(reader: Reader, data: bytes, page: int) -> Preview:
    """Return a page of a file, the first by 1.

    Raises:
        Malformed: `preview-none`, `preview-page`, `file-too-costly`.
        Unavailable: As `Reader.run`.
    """
    return Preview(**await reader.run("preview", b"%d\n%b" % (page, data)))
