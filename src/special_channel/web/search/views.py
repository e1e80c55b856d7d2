"""Views of full-text search, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.stores.search_index import Kind
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair

TextPart = Literal["number", "subject", "text", "file", "column"]


class ExcerptRun(View):
    """A run of an excerpt; `hit` says how it was found, empty for text around a hit."""

    text: str
    hit: Literal["", "exact", "stem", "term"] = ""


class Excerpt(View):
    """An excerpt of a text in one language; `part`: where it is from."""

    part: TextPart
    lang: str
    runs: tuple[ExcerptRun, ...]


class FoundText(View):
    """A text that was found.

    Attributes:
        number: Position of the entry, or number of the application, licence or list.
        thread: Number of the thread; `title`: its subject.
        side: Whose text it is; None for an application.
        at: Time of the entry.
        near: Whether a part was found only as another form of a word or in the other language.
        withdrawn: Whether the note was withdrawn; `corrected`: corrected since.
        file: Name of the file with the text, as an excerpt; None for any other text.
        excerpts: Excerpts around the hits.
    """

    kind: Kind
    number: str
    url: str
    thread: str | None = None
    title: Pair | None = None
    side: Literal["eu", "cn"] | None = None
    author: Author | None = None
    at: datetime | None = None
    near: bool = False
    withdrawn: bool = False
    corrected: bool = False
    file: Excerpt | None = None
    excerpts: tuple[Excerpt, ...] = ()
    doubt: Doubt | None = None

    @property
    def told(self) -> tuple[Excerpt, ...]:
        """The name of the file, if the text is in one, and the excerpts."""
        return (self.file, *self.excerpts) if self.file else self.excerpts

    @property
    def person(self) -> str:
        """The author as a filter, such as `eu-12`; empty without a person."""
        if self.author is None or not self.author.place:
            return ""
        return f"{self.author.party}-{self.author.place}"


class SearchResults(SizesView):
    """Texts that were found: exact ones first, then the others.

    Attributes:
        items: The hits of this page.
        after: Mark for the next page; None on the last.
        searched: Whether there was anything to search for.
        waiting: Number of texts that the index lacks still.
        ranked: If the best come first and more texts match: among how many of the newest. Older
            texts are not in the list.
    """

    items: tuple[FoundText, ...]
    after: str | None = None
    searched: bool = True
    waiting: int = 0
    ranked: int | None = None

    @property
    def exact(self) -> tuple[FoundText, ...]:
        """Hits as typed."""
        return tuple(item for item in self.items if not item.near)

    @property
    def near(self) -> tuple[FoundText, ...]:
        """The other hits."""
        return tuple(item for item in self.items if item.near)
