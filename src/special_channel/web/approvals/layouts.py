"""Lay out the pages of drafts: templates, with portions of long texts and tables.

Does not read the record: `queries.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.portions import (
    QUEUE,
    REMARK,
    changed_pieces,
    changes_of,
    pieces,
    returned_cards,
    several_portions,
    text_of,
    text_pieces,
    weigh_card,
    weigh_changed,
    weigh_queued,
    weigh_text,
)
from special_channel.web.approvals.views import (
    DraftDetail,
    DraftItem,
    DraftQueue,
    ReleaseFilters,
    SeveralDrafts,
)
from special_channel.web.shared.portions import Portion, PortionQuery, Portions
from special_channel.web.shell.frame import ViewPage

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
    asked = asked or PortionQuery()
    cards = returned_cards(view.returned)
    more: dict[str, object] = {"query": query}
    cut: dict[str, object] = {
        "returned": Portions("/clearances", asked).of("sent-back", cards, weigh_card)
    }
    if (item := view.item) is not None:
        cut["queue"] = _queue(view, item, query, asked)
        more |= _cut_item(item, asked, cut)
    return ViewPage("approvals/drafts.html", "clearance", view, more | {"cut": cut})


def _queue(
    view: DraftQueue, item: DraftDetail, query: ReleaseFilters, asked: PortionQuery
) -> Portion[DraftItem]:
    """Return the requested portion of the queue, else the portion with the open draft."""
    if asked.part != "queue":
        ids = [draft.id for draft in view.drafts]
        at = ids.index(item.id) + 1 if item.id in ids else 1
        asked = PortionQuery(part="queue", at=at)
    url = f"{item.url}?{query.address}".rstrip("?")
    return Portions(url, asked, QUEUE).of("queue", view.drafts, weigh_queued)


def _cut_item(
    item: DraftDetail, asked: PortionQuery, cut: dict[str, object]
) -> Mapping[str, object]:
    """Add the portions of the open draft to `cut`; return further values for the template."""
    portions = Portions(item.url, asked)
    look = item.checks.look if item.checks else ()
    rows = portions.of("rows", look, LOOK_WEIGHT, main=True)
    here = {each.row for each in rows.items}
    changes = item.signoff.changes if item.signoff else ()
    changed = portions.of("changed", changed_pieces(changes), weigh_changed)
    again = pieces(item.again.remark, REMARK) if item.again else ()
    cut |= {
        "rows": rows,
        "all": portions.of("all", item.sheet.rows if item.sheet else ()),
        "amended": portions.of("amended", item.amended),
        "stated": portions.of("stated", item.stated),
        "again": portions.of("again", again),
        "changed": changed,
    }
    return {
        "url": portions.url,
        "changes": changes_of(changes, changed.items),
        "others": [each.row for each in look if each.row not in here],
        "places": {each.row: at for at, each in enumerate(look, 1)},
        **_cut_text(item, portions, cut),
    }


def _cut_text(
    item: DraftDetail, portions: Portions, cut: dict[str, object]
) -> Mapping[str, object]:
    """Add the portion of a draft's text to `cut`; return the text as `said`, None without text."""
    if item.text is None:
        return {"said": None}
    shown = portions.of("text", text_pieces(item.text), weigh_text, main=True)
    cut["text"] = shown
    return {"said": text_of(item.text, shown.items)}


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
    cut: dict[str, object] = {
        "drafts": every if shown is None else shown,
        "others": portions.of("others", view.others, weigh_queued),
    }
    return ViewPage("approvals/several.html", "clearance", view, {"cut": cut})


def sheet_page(view: DraftDetail, asked: PortionQuery | None = None) -> ViewPage:
    """Make the sign-off sheet of a draft; `asked`: the portion of its text, None for the first."""
    portions = Portions(f"{view.url}/sheet", asked or PortionQuery())
    cut: dict[str, object] = {}
    more = _cut_text(view, portions, cut)
    return ViewPage("approvals/sheet.html", "clearance", view, {**more, "cut": cut})
