"""Draw the pages of checked files: a new list, and an amendment. Does not check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from special_channel.core.rows.batches import BatchRow
from special_channel.core.rules.releasing import NOT_HELD
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.desk import intake
from special_channel.desk.amending import AmendedRow
from special_channel.desk.columns import cells_of
from special_channel.web.lists.file_views import AmendmentReport, ListReport
from special_channel.web.lists.views import PredecessorItem
from special_channel.web.shared.portions import Portion, PortionQuery, Portions
from special_channel.web.shell.frame import ViewPage

CHECK: Final = "/batches/check"

FIRST: Final = PortionQuery()
"""The first portion of each table."""


def check_page(
    view: ListReport | None, portions: Portions | None = None, **more: object
) -> ViewPage:
    """Make the page of a checked file.

    Args:
        view: The result; None before a file was read.
        portions: Cuts its tables; None for their first portions.
        more: Values of the page alone, as `post_list_check` gives them.
    """
    reasons = {str(row["number"]): cells_of(row).get(intake.REASON, "") for row in _kept(view)}
    former: dict[str, list[PredecessorItem]] = {}
    for each in view.linked if view else ():
        former.setdefault(each.number, []).append(each)
    own: dict[str, object] = {
        "rank_reasons": reasons,
        "former": former,
        "earlier": {each.number: each for each in view.reopened} if view else {},
        "crossing_columns": Counter(name for row in view.rows for name in row) if view else {},
        "cut": _check_portions(view, portions or Portions(CHECK, FIRST)) if view else None,
    }
    return ViewPage("lists/check.html", "batches", view, _EMPTY | own | more)


def _check_portions(view: ListReport, portions: Portions) -> Mapping[str, Portion[Any]]:
    notes = [note for note in view.notes if note.code in _ROUTINE]
    rows = portions.of("rows", view.rows, ROW_WEIGHT)
    return {**_shared_portions(view, portions), "notes": portions.of("notes", notes), "rows": rows}


def _shared_portions(
    view: ListReport | AmendmentReport, portions: Portions
) -> Mapping[str, Portion[Any]]:
    return {
        "aside": portions.of("fix", view.aside, ROW_WEIGHT),
        "faults": portions.of("faults", view.faults),
        "look": portions.of("look", view.look),
        "comments": portions.of("comments", view.comments),
        "skipped": portions.of("skipped", view.skipped),
    }


def amendment_page(
    row: BatchRow,
    view: AmendmentReport | None,
    portions: Portions | None = None,
    lines: Sequence[AmendedRow] = (),
    **more: object,
) -> ViewPage:
    """Make the page of an amendment.

    Args:
        row: The list.
        view: The comparison; None before a file was read.
        portions: Cuts its tables; None for their first portions.
        lines: What is amended.
        more: Values of the page alone, as `post_amend` gives them.
    """
    number = f"EU-{row.index}"
    url = f"/batches/{number}"
    own: dict[str, object] = {"batch": row, "number": number, "url": url, "lines": lines}
    if view:
        portions = portions or Portions(f"{url}/amend", FIRST)
        own["cut"] = {
            **_shared_portions(view, portions),
            "notes": portions.of("notes", view.notes),
            "rows": portions.of("rows", lines),
        }
    return ViewPage("lists/amendment.html", "batch", view, _EMPTY | own | more)


ROW_WEIGHT: Final = 1_000
"""Bytes of HTML of a row with links and fields, without its texts."""

_ROUTINE: Final = intake.ROUTINE | LIST_RULES.keys()
"""Codes of notes after which there is nothing to do."""

_EMPTY: Final[dict[str, object]] = {
    "file": "", "refused": None, "kept": None, "release": NOT_HELD, "next_officials": (),
    "sheets": (), "encodings": (), "heads": (), "signable": False, "choosable": (),
    "held": False, "chosen": (), "by_desk": None, "next_list": "", "cut": None, "part": None,
}  # fmt: skip


def _kept(view: ListReport | None) -> tuple[dict[str, Any], ...]:
    return view.kept if view else ()
