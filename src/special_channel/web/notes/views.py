"""View of an act about a note, for its page."""

from __future__ import annotations

from typing import Final, Literal, get_args

from special_channel.core.bytes.ids import EntryId, Party, ThreadId
from special_channel.desk.written import TextRole
from special_channel.web.shared.references import entry_url
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.words import Pair, Words

NoteAct = Literal["correct", "withdraw", "translate"]
"""What an official does about a note that is there."""

NOTE_ACTS: Final[tuple[NoteAct, ...]] = get_args(NoteAct)

KINDS: Final[dict[NoteAct, str]] = {
    "correct": "note.corrected",
    "withdraw": "note.withdrawn",
    "translate": "note.translated",
}
"""The kind of entry that each act signs."""


class Paragraph(View):
    """A paragraph to be translated.

    Attributes:
        number: Its number within the note.
        q: Number of the paragraph as a question; empty for other paragraphs.
        words: The paragraph as signed.
        translation: The translation that our side reads; empty if it lacks one.
    """

    number: int
    q: str = ""
    words: Words
    translation: str = ""


class NoteActView(SizesView):
    """A note, and the text of the official about the note.

    Attributes:
        note: Id of the note; `position`: its number; `party`: its side.
        lang: Language of the official's text; `other`: language of a translation.
        original: Paragraphs of the note, in its language.
        paragraphs: Paragraphs to be translated, of a translation alone.
        role: Role of the new parts, `subject` for the subject of a thread.
        text: First text of the field; `translation`: likewise.
        reopens: Questions of the other side reopened by a withdrawal, by number.
        ends: Open questions of the note ended by a withdrawal, by number.
    """

    act: NoteAct
    note: EntryId
    position: str
    party: Party
    thread: ThreadId
    thread_number: str
    title: Pair
    lang: str
    other: str
    original: tuple[Words, ...]
    paragraphs: tuple[Paragraph, ...] = ()
    role: TextRole = "text"
    text: str = ""
    translation: str = ""
    reopens: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Kind of the entry to be signed."""
        return KINDS[self.act]

    @property
    def lacking(self) -> tuple[int, ...]:
        """Numbers of the paragraphs without a translation."""
        return tuple(
            each.number
            for each in self.paragraphs
            if not each.translation and each.words.presence == "present"
        )

    @property
    def url(self) -> str:
        """Address of the note in its thread."""
        return entry_url(self.thread_number, self.position)
