"""Pack a quarantined file so that no program opens it by accident. Does not decide who gets it."""

from __future__ import annotations

import io
import zipfile
from typing import Final

FILE: Final = "file.bin"
NOTE: Final = "read-me.txt"


def packed(data: bytes, note: str) -> bytes:
    """Return a ZIP file with a file under a plain name, uncompressed, and a text next to it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in ((NOTE, note.encode("utf-8-sig")), (FILE, data)):
            # The same bytes each time: no date, no rights.
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()
