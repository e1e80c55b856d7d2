"""New corrections by the other side, for the inbox and the API, and their marks as shown.

With them amended lists and changed licences. Names the replaced and the correcting statement; never
a reason. Does not decide replacements: core does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.licences import LicenceRow
from special_channel.messages.catalogue import Catalogue
from special_channel.stores.corrections import NEW_FOR, Changed
from special_channel.web.shared.changes import AmendmentItem, TermsItem, amendment_item, terms_items
from special_channel.web.shared.corrections import CorrectionItem, corrections_of
from special_channel.web.shared.references import application_url, licence_url
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext

LISTED: Final = 20
"""Applications, lists and licences in the inbox, of each; all are counted."""


class CorrectedApplication(View):
    """An application with corrections new to the reader."""

    number: str
    url: str
    corrections: tuple[CorrectionItem, ...]

    @property
    def last(self) -> str:
        """The entry with the last correction."""
        return self.corrections[-1].corrected_in if self.corrections else ""


class AmendedList(View):
    """A list with amendments new to the reader; `number`: its entry, `list`: its name."""

    number: str
    list: str
    url: str
    amendments: tuple[AmendmentItem, ...]

    @property
    def last(self) -> str:
        """The entry with the last amendment."""
        return self.amendments[-1].position


class ChangedLicence(View):
    """A licence with later terms new to the reader."""

    number: str
    url: str
    changes: tuple[TermsItem, ...]

    @property
    def last(self) -> str:
        """The entry with the last terms."""
        return self.changes[-1].corrected_in


class CorrectedView(View):
    """Applications with new corrections, the last corrected first; `total`: their number.

    Likewise `lists` of the EU with new amendments, and `licences` of CN with later terms.
    """

    items: tuple[CorrectedApplication, ...] = ()
    total: int = 0
    lists: tuple[AmendedList, ...] = ()
    lists_total: int = 0
    licences: tuple[ChangedLicence, ...] = ()
    licences_total: int = 0

    @property
    def shown(self) -> int:
        """Number of applications, lists and licences listed here."""
        return len(self.items) + len(self.lists) + len(self.licences)

    @property
    def everything(self) -> int:
        """Number of all applications, lists and licences."""
        return self.total + self.lists_total + self.licences_total


async def read_corrected(context: PageContext, limit: int = LISTED) -> CorrectedView:
    """Read the other side's corrections and changes not shown to the reader yet."""
    since, reader = timestamp(context.now - NEW_FOR), context.reader.marks_as
    store = context.own.desk.corrections
    rows, total = await store.applications(reader, context.peer, since, limit)
    # An application is new by its last correction; those from before the days are not.
    sizes = await context.own.stores.growth.sizes_at(since) if rows else None
    begin = 0 if sizes is None else sizes.eu if context.peer == "eu" else sizes.cn
    made = CorrectedView(
        items=tuple(
            CorrectedApplication(
                number=row.number,
                url=application_url(row.number),
                corrections=corrections_of(context.t, row, context.peer, max(first, begin)),
            )
            for row, first in rows
        ),
        total=total,
    )
    if context.peer == "eu":
        lists, number = await store.lists(reader, since, limit)
        amended = tuple(_amended(context.t, *each, since) for each in lists)
        return made.model_copy(update={"lists": amended, "lists_total": number})
    licences, number = await store.licences(reader, since, limit)
    changed = tuple(_changed(context.t, *each, since) for each in licences)
    return made.model_copy(update={"licences": changed, "licences_total": number})


def _amended(t: Catalogue, row: BatchRow, first: int, since: str) -> AmendedList:
    number = f"EU-{row.index}"
    return AmendedList(
        number=number,
        list=row.list,
        url=f"/batches/{number}",
        amendments=tuple(
            amendment_item(t, each)
            for each in row.amendments
            if each.index >= first and each.accepted >= since
        ),
    )


def _changed(t: Catalogue, row: LicenceRow, first: int, since: str) -> ChangedLicence:
    changes = terms_items(t, row, first, since)
    return ChangedLicence(number=row.licence, url=licence_url(row.licence), changes=changes)


async def see_list(context: PageContext, row: BatchRow) -> None:
    """Mark the other side's amendments of a list as shown to the reader."""
    if context.peer == "eu" and row.amendments:
        last = row.amendments[-1].index
        await context.own.desk.corrections.see(
            "list", context.reader.marks_as, {str(row.index): last}
        )


async def see_licence(context: PageContext, number: str, last: str) -> None:
    """Mark the other side's terms of a licence as shown; `last`: the entry with the latest."""
    if context.peer == "cn":
        await see_changes(context, "licence", [(number, last)])


async def see_changes(
    context: PageContext, kind: Changed, listed: Iterable[tuple[str, str]]
) -> None:
    """Mark changes of lists or licences as shown: numbers, with the last entry of each.

    A list's number is that of its entry, such as `EU-120`.

    Raises:
        Malformed: `position-malformed`.
    """
    seen = {
        str(Position.parse(number).index) if kind == "list" else number: Position.parse(last).index
        for number, last in listed
    }
    await context.own.desk.corrections.see(kind, context.reader.marks_as, seen)


async def see_corrected(context: PageContext, row: ApplicationRow) -> None:
    """Mark the other side's corrections of an application as shown to the reader."""
    last = max((each.index for each in row.corrections if each.party == context.peer), default=-1)
    if last >= 0:
        await see_shown(context, {row.number: last})


async def see_listed(context: PageContext, listed: Iterable[tuple[str, str]]) -> None:
    """Mark corrections as shown: applications, with the last correcting entry of each.

    Raises:
        Malformed: `position-malformed`.
    """
    await see_shown(context, {number: Position.parse(last).index for number, last in listed})


async def see_shown(context: PageContext, seen: Mapping[str, int]) -> None:
    """Mark the other side's corrections of applications as shown, up to an entry of each."""
    reader = context.reader.marks_as
    await context.own.desk.corrections.see_applications(reader, context.peer, seen)
