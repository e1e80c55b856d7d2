"""Views of a file before it is opened, for page and API."""

from __future__ import annotations

from special_channel.scanners.listing import Holding
from special_channel.web.shared.view import View
from special_channel.web.shell.content import FileRef


class FilePage(View):
    """A file with its scan and active content.

    Attributes:
        file: The file by name in the entry; the name is empty without an entry.
        position: Number of the first entry with the file.
        holding: Contents of a ZIP file; None for another file, or an unreadable directory.
    """

    file: FileRef
    position: str | None = None
    holding: Holding | None = None


class PreviewPage(FilePage):
    """A page of a file, to look at.

    Attributes:
        page: Number of the page, the first by 1.
        more: Whether a further page, or more of the text, follows.
        text: Whether the file is a text, which has one page.
    """

    page: int
    more: bool
    text: bool


class DrawnPage(View):
    """A page of a file as our side drew it, or the beginning of a text.

    Attributes:
        page: Number of the page, the first by 1.
        picture: PNG in base64; empty for a text.
        text: The text, or its beginning; empty for a picture.
        more: Whether there is a further page, or more of the text.
    """

    page: int
    picture: str = ""
    text: str = ""
    more: bool
