"""Text as markup, and rows of a long table filled into a line of HTML.

The line is part of the template; values are escaped here. For tables of hundreds of rows only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from string import Formatter
from typing import Final

from markupsafe import Markup, escape

from special_channel.messages.catalogue import Lang
from special_channel.messages.dates import DATE, full_date
from special_channel.messages.script_runs import script_runs
from special_channel.web.shared.words import BIDI, Words, readable

_SPECIAL: Final = re.compile("[&<>\"']")

NOTHING: Final = Markup()
DASH: Final = Markup('<span class="soft">–</span>')
DIFFERS: Final = Markup(' class="differs"')
"""The attribute of a row in which the sides differ."""


def escaped(value: object) -> str:
    """Return a value as HTML: text escaped, markup unchanged. Faster than `escape`."""
    if isinstance(value, Markup):
        return value
    if type(value) is str:
        return escape(value) if _SPECIAL.search(value) else value
    return str(value) if type(value) is int else escape(value)


def html(text: str) -> Markup:
    """Mark text as HTML; its values are escaped already. Faster than `Markup`."""
    return str.__new__(Markup, text)


# A page writes the same few times again and again.
@lru_cache(maxsize=8192)
def unbroken(text: str) -> Markup:
    """Return text as markup in which no line ends inside a date."""
    return html(DATE.sub(r'<span class="nw">\g<0></span>', escaped(text)))


def linked(text: str, known: Mapping[str, str]) -> Markup:
    """Return a text as `visible` does, with links on the numbers that are known."""
    if not known:
        return visible(text)
    names = "|".join(re.escape(each) for each in sorted(known, key=len, reverse=True))
    pieces = re.split(rf"(?<![\w/-])({names})(?![\w-])", text, flags=re.ASCII)
    link = Markup('<a href="{}">{}</a>')
    return Markup().join(
        link.format(known[piece], visible(piece)) if number % 2 else visible(piece)
        for number, piece in enumerate(pieces)
    )


def visible(text: str) -> Markup:
    """Return text with bidirectional controls isolated and marked for the stylesheet.

    The characters stay, so that the text on the page equals the signed text.
    """
    if not BIDI.search(text):
        return escape(text)
    pieces = BIDI.split(text)
    return Markup("").join(
        Markup('<bdi class="ctl">{}</bdi>').format(piece) if place % 2 else piece
        for place, piece in enumerate(pieces)
    )


# No cache: texts of our own columns go through here, and are erased on order.
def with_runs(text: str, lang: Lang) -> Markup:
    """Write a text of a language; runs of the other script, such as a name, say theirs."""
    return html(
        "".join(
            f'<span lang="{other}">{visible(run)}</span>' if other else visible(run)
            for run, other in script_runs(text, lang)
        )
    )


# A page names the same few persons again and again.
name_with_runs = lru_cache(maxsize=4096)(with_runs)
"""`with_runs` of a person's name."""


# A template writes a row piece by piece, which takes four times as long.
def filled(line: Markup, rows: Iterable[Mapping[str, object]]) -> Markup:
    """Fill the values of rows into a line with names in braces.

    Raises:
        KeyError: A row has no value for a name in the line.
    """
    pieces = [(text.replace("%", "%%"), name) for text, name, *_ in Formatter().parse(str(line))]
    names = [name for _, name in pieces if name is not None]
    form = "".join(text if name is None else f"{text}%s" for text, name in pieces)
    lines = [form % tuple([escaped(row[name]) for name in names]) for row in rows]
    return html("".join(lines))


@dataclass(frozen=True, slots=True)
class Wording:
    """Functions of a language's templates that write codes, states and sentences as markup."""

    lang: Lang
    comma: str
    label: Callable[[str, str], Markup]
    state: Callable[[str, str], Markup]
    gettext: Callable[..., Markup]
    alone: bool = False

    def read(self, words: Words) -> Words:
        """Return a text, or the marker of a text that the reader gets in one language alone."""
        return readable(words, self.lang) if self.alone else words

    def text(self, words: Words) -> Markup:
        """Write a text, or why it is absent."""
        words = self.read(words)
        present = words.presence == "present"
        return visible(words.text) if present else self.label("presence", words.presence)

    def run(self, words: Words) -> Markup:
        """Write a text in its language, or why it is absent."""
        words = self.read(words)
        return html(f'<span lang="{escaped(words.lang)}">{self.text(words)}</span>')

    def folded(self, words: Words) -> Markup:
        """Write a text; one of the other language behind its marker, for a reader of one alone."""
        marker = self.read(words)
        if marker is words:
            return self.run(words)
        shown = f'<span lang="{escaped(words.lang)}">{visible(words.text)}</span>'
        return html(
            f'<details class="orig"><summary>{self.text(marker)}</summary>{shown}</details>'
        )

    def listed(self, group: str, codes: Iterable[str]) -> Markup:
        """Write an enumeration of codes."""
        return html(self.comma.join(self.label(group, code) for code in codes))

    def stated(self, state: str, day: str, source: str) -> Markup:
        """Write a side's state, as markup, with the date and the source of the statement."""
        small = f"<small>{day}{self.label('source', source)}</small>"
        return html(f"<b>{escaped(state)}</b>\n{small}")


def thread_links(numbers: Iterable[str], doubted: Callable[[str], Markup]) -> Markup:
    """Write links to threads by their numbers, such as EU-142; `doubted`: the word beside each."""
    links = (f'<a href="/threads/{number}">{number}</a>{doubted(number)}' for number in numbers)
    return html(" ".join(links))


# Rows of a list have few different dates.
@lru_cache(maxsize=4096)
def written_day(day: date, lang: Lang) -> Markup:
    """Write a date as markup."""
    return Markup.escape(full_date(day, lang))


@lru_cache(maxsize=4096)
def sheet_day(text: str, lang: Lang) -> Markup:
    """Write a date of a sheet; nothing for a text without a date, such as 31 February."""
    try:
        return written_day(date.fromisoformat(text), lang)
    except ValueError:
        return NOTHING
