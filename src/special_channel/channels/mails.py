"""Lay out a mail: one structure, written as plain text and as HTML that say the same.

The HTML (`mail.html`) fetches nothing, reads at 320 pixels and in dark mode, and is drawn by
Outlook. Does not choose words: `alerts.py`, `digests.py` and `notices.py` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.script_runs import script_runs


@dataclass(frozen=True, slots=True)
class MailLink:
    """A link with words; plain text shows the address after them."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class MailFact:
    """A named fact, in one line of plain text and in several of HTML."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailRow:
    """A row of a digest's table: a question with its thread, its date and its state."""

    what: str
    url: str
    when: str
    state: str


@dataclass(frozen=True, slots=True)
class MailGroup:
    """Rows under a heading, earliest date first."""

    title: str
    rows: tuple[MailRow, ...]


@dataclass(frozen=True, slots=True)
class MailPage:
    """The contents of a mail, in the order of reading.

    Attributes:
        lang: Language of all words.
        subject: What to do, and until when.
        head: Whose turn it is.
        lead: What the reader can do, and what the records hold.
        links: Where to do it; the first is the main one.
        facts: Dates and steps.
        groups: The table of a digest.
        listed: Heading of the first column of that table; `Question` without one.
        notes: Further sentences.
        why: Why the reader gets this; empty in a test.
        change: Where to see and change it.
    """

    lang: Lang
    subject: str
    head: str
    lead: tuple[str, ...] = ()
    links: tuple[MailLink, ...] = ()
    facts: tuple[MailFact, ...] = ()
    groups: tuple[MailGroup, ...] = ()
    listed: str = ""
    notes: tuple[str, ...] = ()
    why: str = ""
    change: MailLink | None = None

    @property
    def text(self) -> str:
        """The mail as plain text."""
        blocks = (
            [self.head, *self.lead],
            [self._linked(link) for link in self.links],
            *self._listed(),
            [f"{fact.name}{self._colon}{self._comma.join(fact.lines)}" for fact in self.facts],
            self.notes,
            [self.why, *([self._linked(self.change)] if self.change else [])],
        )
        return "\n\n".join("\n".join(filter(None, block)) for block in blocks if any(block)) + "\n"

    @property
    def html(self) -> str:
        """The mail as an HTML document."""
        t = catalogue(self.lang)
        words = {
            name: t.gettext(f"mail.table.{name}")
            for name in ("facts", "list", "what", "when", "state")
        }
        if self.listed:
            words |= dict.fromkeys(("list", "what"), self.listed)
        return _template().render(page=self, product=t.gettext("mail.product"), words=words)

    def _linked(self, link: MailLink) -> str:
        return f"{link.words}{self._colon}{link.url}"

    def _listed(self) -> Iterator[Sequence[str]]:
        for group in self.groups:
            rows = (f"  {row.when}  {row.what}  {row.state}" for row in group.rows)
            yield [group.title, *rows]

    @property
    def _colon(self) -> str:
        return "：" if self.lang == "zh-CN" else ": "

    @property
    def _comma(self) -> str:
        return "，" if self.lang == "zh-CN" else ", "


def _runs(text: str, lang: Lang) -> Markup:
    """Write a text with the language of each run of the other side's script (WCAG 3.1.2)."""
    parts = (
        Markup('<span lang="{}">{}</span>').format(other, run) if other else escape(run)
        for run, other in script_runs(text, lang)
    )
    return Markup("").join(parts)


@cache
def _template() -> Template:
    """Return the template, read once per process."""
    pages = Environment(
        loader=PackageLoader("special_channel.channels", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    pages.filters["runs"] = _runs
    return pages.get_template("mail.html")
