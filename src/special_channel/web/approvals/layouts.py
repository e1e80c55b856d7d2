"""Lay out the pages of drafts: templates, with portions of long texts and tables.

Does not read the record: `queries.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import urlencode

from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.portions import (
    ANSWERS,
    QUEUE,
    REMARK,
    SHEET,
    AnswerPiece,
    ChangedPiece,
    ReadPiece,
    TextPiece,
    answer_pieces,
    answers_of,
    changes_of,
    read_pieces,
    returned_cards,
    several_portions,
    step_pieces,
    steps_of,
    text_of,
    text_pieces,
    weigh_answer,
    weigh_card,
    weigh_queued,
    weigh_read,
    weigh_text,
)
from special_channel.web.approvals.views import (
    DraftDetail,
    DraftItem,
    DraftQueue,
    LookRow,
    ReleaseFilters,
    RowReason,
    SeveralDrafts,
)
from special_channel.web.shared.pieces import pieces
from special_channel.web.shared.portions import Portion, PortionQuery, Portions
from special_channel.web.shell.frame import ViewPage

EVERY_DRAFT: Final = ReleaseFilters()
FIRST: Final = PortionQuery()

LOOK_WEIGHT: Final = 1_500
"""Bytes of HTML of a row to be seen, without its texts."""


def queue_page(
    view: DraftQueue, query: ReleaseFilters, asked: PortionQuery | None = None
) -> ViewPage:
    """Make the page of drafts waiting for release.

    Args:
        view: The drafts.
        query: The filter.
        asked: The portion of a table of the opened draft; None for the first portions.
    """
    item = view.item
    url = f"{item.url if item else '/clearances'}?{query.address}".rstrip("?")
    portions = Portions(url, asked or PortionQuery())
    more: dict[str, object] = {"query": query}
    cut: dict[str, object] = {}
    if item is not None:
        main = _cut_main(item, portions)
        portions = portions.around(rows=main.rows.pages, read=main.read.pages)
        main = _Main(portions.again("rows", main.rows), portions.again("read", main.read))
        cut |= {**main._asdict(), "queue": _queue(view, item, portions)}
        more |= _cut_item(item, portions, cut, main)
        more["sheet_url"] = _address(f"{item.url}/sheet", query, portions.beside)
    cut["returned"] = portions.of("sent-back", returned_cards(view.returned), weigh_card)
    return ViewPage("approvals/drafts.html", "clearance", view, more | {"cut": cut})


def _address(url: str, query: ReleaseFilters, beside: str) -> str:
    """Return an address with the queue's filter and the portions that the reader is at."""
    places = {"beside": beside} if beside else {}
    return f"{url}?{urlencode(query.fields | places)}".rstrip("?")


class _Main(NamedTuple):
    """Portions of a draft's two main tables: rows to be seen, and what is read before the act."""

    rows: Portion[LookRow]
    read: Portion[ReadPiece]


def _cut_main(item: DraftDetail, portions: Portions) -> _Main:
    look = item.checks.look if item.checks else ()
    rows = portions.of("rows", look, LOOK_WEIGHT, main=True)
    read = portions.of("read", read_pieces(item), weigh_read, main=True)
    return _Main(rows, read)


def _queue(view: DraftQueue, item: DraftDetail, portions: Portions) -> Portion[DraftItem]:
    """Return the requested portion of the queue, else the portion with the open draft."""
    asked = portions.query
    if asked.part != "queue":
        ids = [draft.id for draft in view.drafts]
        at = ids.index(item.id) + 1 if item.id in ids else 1
        asked = PortionQuery(part="queue", at=at)
    narrow = replace(portions, query=asked, heaviest=QUEUE)
    return narrow.of("queue", view.drafts, weigh_queued)


def _cut_item(
    item: DraftDetail, portions: Portions, cut: dict[str, object], main: _Main
) -> Mapping[str, object]:
    """Add the other portions of the open draft to `cut`; return further values for the page."""
    look = item.checks.look if item.checks else ()
    here = {each.row for each in main.rows.items}
    again = pieces(item.again.remark, REMARK) if item.again else ()
    cut |= {
        "all": portions.of("all", item.sheet.rows if item.sheet else ()),
        "amended": portions.of("amended", item.amended),
        "again": portions.of("again", again),
    }
    return {
        "elsewhere": f"{portions.table('rows')}&at=",
        "others": [each.row for each in look if each.row not in here],
        "places": {each.row: at for at, each in enumerate(look, 1)},
        **_shown(item, main.read),
        **_cut_route(item, portions, cut),
    }


def _cut_route(
    item: DraftDetail, portions: Portions, cut: dict[str, object]
) -> Mapping[str, object]:
    """Add the portions of the answers on the route to `cut`; return the steps and the answers."""
    route, narrow = item.signoff, replace(portions, heaviest=ANSWERS)
    if route is None:
        return {}
    given = [each for each in step_pieces(route.steps) if each.answer]
    answers = narrow.of("answers", given, weigh_answer)
    former = narrow.of("former", answer_pieces(route.former), weigh_answer)
    cut |= {"answers": answers, "former": former}
    return {
        "steps": steps_of(route.steps, answers.items),
        "former": answers_of(former.items),
    }


def _shown(item: DraftDetail, read: Portion[ReadPiece]) -> Mapping[str, object]:
    """Return the text, changes and findings of a portion of what is read before the act.

    The text is None on a page without any of it.
    """
    said = [each for each in read.items if isinstance(each, TextPiece)]
    changed = [each for each in read.items if isinstance(each, ChangedPiece)]
    return {
        "said": text_of(item.text, said) if item.text and (said or not read.first) else None,
        "changes": changes_of(item.signoff.changes if item.signoff else (), changed),
        "findings": [each for each in read.items if isinstance(each, RowReason)],
    }


def several_page(
    view: SeveralDrafts,
    asked: PortionQuery | None = None,
    shown: Portion[Clearance] | None = None,
) -> ViewPage:
    """Make the page on which several drafts are released together.

    Args:
        view: The drafts.
        asked: The portion of a table; None for the first portions.
        shown: The portion of the drafts; None if the view has every draft.
    """
    portions = several_portions(view.act, asked or PortionQuery())
    every = portions.of("drafts", view.drafts, lambda _: 0, main=True)
    drafts = every if shown is None else shown
    beside = portions.around(drafts=drafts.pages)
    cut: dict[str, object] = {
        "drafts": drafts,
        "others": beside.of("others", view.others, weigh_queued),
    }
    return ViewPage("approvals/several.html", "clearance", view, {"cut": cut})


def sheet_page(
    view: DraftDetail,
    query: ReleaseFilters = EVERY_DRAFT,
    asked: PortionQuery = FIRST,
) -> ViewPage:
    """Make the sign-off sheet of a draft.

    Longer texts and answers have several sheets, each with its number; the last one is signed.

    Args:
        view: The draft.
        query: The filter of the queue, to which the reader goes back.
        asked: The portion of the sheet; `beside`: those of the draft to go back to.
    """
    url = _address(f"{view.url}/sheet", query, "")
    portions = Portions(url, asked, SHEET, most=SHEET, beside=asked.beside)
    steps = view.signoff.steps if view.signoff else ()
    whole = [*(text_pieces(view.text) if view.text else ()), *step_pieces(steps)]
    part = portions.of("text", whole, _weigh_sheet, main=True)
    read = [each for each in part.items if isinstance(each, TextPiece)]
    given = [each for each in part.items if isinstance(each, AnswerPiece)]
    here = {each.step for each in given}
    said = text_of(view.text, read) if view.text else None
    more = {
        "said": said,
        "pages": part.pages,
        "back": _address(view.url, query, asked.beside),
        "queue": _address("/clearances", query, ""),
        "steps": [each for each in steps_of(steps, given) if each.number in here],
    }
    return ViewPage("approvals/sheet.html", "clearance", view, more)


def _weigh_sheet(piece: TextPiece | AnswerPiece) -> int:
    return weigh_text(piece) if isinstance(piece, TextPiece) else weigh_answer(piece)
