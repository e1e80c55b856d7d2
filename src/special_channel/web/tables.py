"""Rows of a long table: what each cell says, and one line of HTML filled for every row.

For tables of hundreds of rows alone: a template writes a row piece by piece, which takes four
times as long. The line stands in the template; what is filled in is escaped here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from string import Formatter
from typing import Final

from markupsafe import Markup

from special_channel.messages.catalogue import Lang
from special_channel.messages.dates import full_date
from special_channel.web.pages.answer import AnswerRow
from special_channel.web.shell.templating import PlainEnvironment, visible

_NOTHING: Final = Markup()


def filled(line: Markup, rows: Iterable[Mapping[str, object]]) -> Markup:
    """Fill each row's values into a line, where it names them in braces.

    Raises:
        KeyError: The line names a value that a row does not have.
    """
    escaped = PlainEnvironment.escaped
    pieces = [(text.replace("%", "%%"), name) for text, name, *_ in Formatter().parse(str(line))]
    names = [name for _, name in pieces if name is not None]
    form = "".join(text if name is None else f"{text}%s" for text, name in pieces)
    made = [form % tuple([escaped(row[name]) for name in names]) for row in rows]
    return Markup("".join(made))  # noqa: S704 - a template's line, with values that are escaped


@dataclass(frozen=True, slots=True)
class Wording:
    """How a language's templates say a code, a state of a source and a sentence: as markup."""

    lang: Lang
    comma: str
    label: Callable[[str, str], Markup]
    state: Callable[[str, str], Markup]
    gettext: Callable[..., Markup]

    def listed(self, group: str, codes: Iterable[str]) -> Markup:
        """Say several codes, one after the other."""
        return Markup(self.comma).join(self.label(group, code) for code in codes)  # noqa: S704


def answer_cells(say: Wording, rows: Iterable[AnswerRow]) -> Iterator[Mapping[str, object]]:
    """Say what stands in each row of a list that is being answered."""
    how = lru_cache(lambda here, said_in: _how(say, said_in, here=here))
    for row in rows:
        text, peer, missing = row.text, row.peer, row.held.get("missing")
        yield {
            "row": row.row,
            "number": row.number,
            "shown": visible(row.number),
            "url": row.url,
            "data": row.data,
            "since": _written(row.since, say.lang) if row.since else row.said_in,
            "peer": say.state(peer.code, peer.source) if peer else _NOTHING,
            "peer_as_of": _written(peer.as_of, say.lang) if peer and peer.as_of else _NOTHING,
            "question": say.label("question", row.question),
            "match": say.label("match", text("match")),
            "state": say.state(text("state"), "return-sheet"),
            "as_of": sheet_day(text("as_of"), say.lang),
            "accepted_on": sheet_day(text("accepted_on"), say.lang),
            "clock": say.label("clock", text("clock")),
            "missing": say.listed("missing", missing) if missing else _NOTHING,
            "decision": say.label("decision", text("decision")),
            "decided_on": sheet_day(text("decided_on"), say.lang),
            "remark": say.label("remark", text("remark")),
            "how": how(row.here, row.said_in),
        }


# Many rows of a list hold the same few dates.
@lru_cache(maxsize=4096)
def _written(day: date, lang: Lang) -> Markup:
    return Markup.escape(full_date(day, lang))


@lru_cache(maxsize=4096)
def sheet_day(text: str, lang: Lang) -> Markup:
    """Write a date of a sheet; nothing for what is none, such as 31 February."""
    try:
        return _written(date.fromisoformat(text), lang)
    except ValueError:
        return _NOTHING


def _how(say: Wording, said_in: str, *, here: bool) -> Markup:
    if here:
        return say.gettext("answered in %(position)s", position=said_in)
    if said_in:
        return say.gettext("stated in %(position)s", position=said_in)
    return say.gettext("not stated yet")
