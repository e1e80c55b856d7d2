"""Draw a page of a file as a picture, or return its text: a job of a reader process.

The type of a file is read from its bytes, never from its name or sender. Typst redraws pictures and
pages of a PDF file with memory-safe readers that run no script; a browser never gets the file's own
bytes. Imports little, since every file pays the start-up.
"""

from __future__ import annotations

import base64
import os
import re
import threading
from contextlib import suppress
from typing import Any, Final

from special_channel.core.bytes.errors import Malformed

MOST_TEXT: Final = 200_000
"""Characters of a text that are shown: about a hundred pages."""

PIXELS_PER_INCH: Final = 144
"""Twice what an ordinary screen shows of a page as wide as A4."""

_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")

# Tabs, line ends and form feeds belong to a text.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP: Final = re.compile(r"\s*(?:<[!?a-zA-Z]|\{\\rt)")

_SOURCE: Final = """
#set page(width: auto, height: auto, margin: 0pt)
#context {{
  let drawn(..size) = image("/proc/self/fd/{file}", page: {page}, ..size)
  let whole = measure(drawn())
  let scale = calc.min(1, 21cm / whole.width, 42cm / whole.height)
  drawn(width: whole.width * scale, height: whole.height * scale)
}}
"""


def job(data: bytes) -> dict[str, Any]:
    """Return a page of a file; the first line of `data` is the page number, the rest the file.

    Raises:
        Malformed: `preview-none`, `preview-page`.
    """
    number, _, file = data.partition(b"\n")
    page = int(number)
    # Readers accept the mark of a PDF within its first kilobyte.
    pages = b"%PDF-" in file[:1024]
    if not pages and not _is_picture(file):
        text = text_of(file)
        return {"text": text[:MOST_TEXT], "more": len(text) > MOST_TEXT}
    picture = _drawn(file, page, PIXELS_PER_INCH)
    if picture is None:
        if page > 1 and _drawn(file, 1, 1):
            raise Malformed("preview-page", "The file has no such page.", page=page)
        raise _none()
    more = pages and _drawn(file, page + 1, 1) is not None
    return {"picture": base64.b64encode(picture).decode(), "more": more}


def _is_picture(file: bytes) -> bool:
    return file.startswith(_PICTURES) or (file[:4] == b"RIFF" and file[8:12] == b"WEBP")


def text_of(file: bytes) -> str:
    """Decode a text file in UTF-8 or GB 18030.

    Raises:
        Malformed: `preview-none`, also for markup, such as HTML or RTF.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = file.decode(encoding)
            break
    else:
        raise _none()
    if not text or _CONTROLS.search(text) or _MARKUP.match(text):
        raise _none()
    return text


def _drawn(file: bytes, page: int, pixels_per_inch: int) -> bytes | None:
    """Draw a page as PNG; return None if the page does not exist or the file can't be read."""
    import typst  # noqa: PLC0415 - takes longer to load than the other jobs take

    reading, writing = os.pipe()
    # Through a pipe: the process may write no file. Typst reads it without Python's lock.
    feeding = threading.Thread(target=_feed, args=(writing, file), daemon=True)
    feeding.start()
    source = _SOURCE.format(file=reading, page=page).encode()
    root: Any = "/"  # a path, where the stub wants what the source is
    try:
        drawn: bytes = typst.compile(
            source, root=root, format="png", ppi=pixels_per_inch, ignore_system_fonts=True
        )
    except typst.TypstError:
        return None
    finally:
        os.close(reading)
        feeding.join()
    return drawn


def _feed(writing: int, file: bytes) -> None:
    with suppress(BrokenPipeError), os.fdopen(writing, "wb") as pipe:
        pipe.write(file)


def _none() -> Malformed:
    return Malformed("preview-none", "The file has no preview.")
