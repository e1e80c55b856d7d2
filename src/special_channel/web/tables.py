"""Rows of a long table: what each cell says, and one line of HTML filled for every row.

For tables of hundreds of rows alone: a template writes a row piece by piece, which takes four
times as long. The line stands in the template; what is filled in is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from special_channel.messages.catalogue import Catalogue, Lang
from special_channel.messages.dates import full_date
from special_channel.web.pages.answer import AnswerRow
from special_channel.web.pages.batch import Assertion
from special_channel.web.templating import PlainEnvironment, visible


def filled(line: Markup, rows: Iterable[Mapping[str, object]]) -> Markup:
    """Fill each row's values into a line, where it names them in braces.

    Raises:
        KeyError: The line names a value that a row does not have.
    """
    plain, escaped = str(line), PlainEnvironment.escaped
    return Markup(  # noqa: S704 - a template's line, with values that are escaped
        "".join(
            plain.format_map({name: escaped(value) for name, value in row.items()}) for row in rows
        )
    )


def answer_cells(
    t: Catalogue, comma: str, rows: Iterable[AnswerRow]
) -> Iterator[Mapping[str, object]]:
    """Say what stands in each row of a list that is being answered."""
    for row in rows:
        text = row.text
        state, missing = text("state"), row.held.get("missing", ())
        yield {
            "row": row.row,
            "number": row.number,
            "shown": visible(row.number),
            "url": row.url,
            "data": row.data,
            "since": full_date(row.since, t.lang) if row.since else row.said_in,
            **_held(t, row.peer),
            "question": t.label("question", row.question),
            "match": t.label("match", text("match")),
            "state": t.state(state, "return-sheet") if state else "",
            "as_of": _day(text("as_of"), t.lang),
            "accepted_on": _day(text("accepted_on"), t.lang),
            "clock": t.label("clock", text("clock")),
            "missing": comma.join([t.label("missing", each) for each in missing]),
            "decision": t.label("decision", text("decision")),
            "decided_on": _day(text("decided_on"), t.lang),
            "remark": t.label("remark", text("remark")),
            "how": _how(t, row),
        }


def _held(t: Catalogue, held: Assertion | None) -> dict[str, str]:
    if held is None:
        return {"peer": "", "peer_as_of": ""}
    as_of = full_date(held.as_of, t.lang) if held.as_of else ""
    return {"peer": t.state(held.code, held.source), "peer_as_of": as_of}


@lru_cache(maxsize=4096)
def _day(text: str, lang: Lang) -> str:
    """Write a date of a sheet; nothing for what is none, such as 31 February."""
    try:
        return full_date(date.fromisoformat(text), lang)
    except ValueError:
        return ""


def _how(t: Catalogue, row: AnswerRow) -> str:
    if row.here:
        return t.gettext("answered in %(position)s", position=row.said_in)
    if row.said_in:
        return t.gettext("stated in %(position)s", position=row.said_in)
    return t.gettext("never stated")
