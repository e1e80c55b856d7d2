"""A dossier that a records office files: cover, state of both records, entries with digests.

An internal dossier has our side's own facts in a first part, so that the part can be pulled. Does
not read the record or choose words: the dossier arrives in the reader's language. `dossier.typ`
prints the dossier, and the dossier's page shows the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEMPLATE: Final = "dossier.typ"


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of a dossier.

    Attributes:
        lang: BCP 47; empty for the dossier's language, `zxx` for numbers and digests.
        change: `removed` or `added` for words changed by a correction; else empty.
        below: Texts on lines of their own below the text, such as in the other language.
    """

    text: str
    lang: str = ""
    change: str = ""
    below: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class FiledTable:
    """A table; the first cell of each row is the row's heading.

    `remark`: a sentence below; `empty`: the sentence that replaces a table without rows.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    remark: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of an entry: the authentic one, or a courtesy translation.

    Attributes:
        label: Kind of text, in bold; `note`: words after the label in plain letters.
        paragraphs: Paragraphs, as runs of text.
        struck: Word before a withdrawn text, which is struck; empty for a text in force.
    """

    label: str
    note: str
    paragraphs: tuple[tuple[Cell, ...], ...]
    struck: str = ""


@dataclass(frozen=True, slots=True)
class FiledEntry:
    """An entry of a record, or an internal note of our side.

    Attributes:
        side: The log's side in both languages; empty for an internal note.
        heading: Number and author; `role`: desk, role and number of the key.
        times: Capital and time, our side's first.
        remarks: Later events of the entry: corrected, withdrawn, in doubt.
        lines: Questions, answers and files: word and text.
        digest: The word and the entry's SHA-256 in groups; both empty for an internal note.
        private: The sentence over an internal note; empty for an entry of both records.
    """

    number: str
    side: tuple[Cell, ...]
    heading: str
    role: str
    times: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    lines: tuple[tuple[str, Cell], ...] = ()
    digest: tuple[str, str] = ("", "")
    private: str = ""


@dataclass(frozen=True, slots=True)
class DossierPart:
    """A heading with entries and tables in their order."""

    code: str
    title: str
    blocks: tuple[FiledEntry | FiledTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier of a thread, a list or an application, in the reader's language.

    Attributes:
        internal: Whether the dossier is for our side alone and includes private facts.
        label: The edition in one word; `edge`: words on the left edge of an internal dossier.
        notice: Content of the edition, in a sentence.
        subject: Kind and number, such as "Thread CN-13".
        kind: The product's name and the kind of document.
        title: The subject; `other_title`: the subject in the other language, if translated.
        facts: Word and value.
        cover: Parts of the cover; `parts`: parts of the pages after the cover.
        effect: Text of the charter in force; empty before the first charter.
        removed: Word before removed text; `added`: before new text.
        file_name: Name of a file with the dossier, without its ending.
    """

    lang: str
    internal: bool
    label: str
    edge: str
    notice: str
    subject: str
    kind: str
    title: Cell
    other_title: Cell | None
    facts: tuple[tuple[str, tuple[Cell, ...]], ...]
    cover: tuple[DossierPart, ...]
    parts: tuple[DossierPart, ...]
    effect: str
    removed: str
    added: str
    file_name: str
