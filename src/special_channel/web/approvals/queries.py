"""Read signed drafts waiting for release by a second official, and returned drafts.

Does not sign: the second official's browser signs the bytes on the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import Role
from special_channel.ports.mail import MARK
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.details import detail
from special_channel.web.approvals.drafts import draft_reader
from special_channel.web.approvals.portions import (
    read_apart,
    several_portions,
    weigh_alone,
    weigh_in_act,
)
from special_channel.web.approvals.views import (
    DraftDetail,
    DraftItem,
    DraftQueue,
    ReleaseFilters,
    SeveralDrafts,
)
from special_channel.web.http.services import DeskServices
from special_channel.web.shared.portions import Portion, PortionQuery
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import REGISTRAR, PageContext


async def queue(
    context: PageContext, filters: ReleaseFilters, id_: EntryId | None = None
) -> DraftQueue:
    """Read the drafts waiting for release, one of them opened, and the reader's returned drafts.

    `id_`: the draft to open, or its first digits as in a mail, whatever the filter; without one the
    first that the reader may release, else the first.

    Raises:
        NotFound: `clearance-unknown`.
    """
    own = context.own.desk.clearances
    waiting = laid_before(context.reader.row.roles_now, await own.waiting())
    returned = await own.returned(context.reader.key)
    reader = await draft_reader(context, (*waiting, *returned))
    everything = [reader.item(row) for row in waiting]
    drafts = fitting(everything, filters)
    chosen = [row for row in waiting if id_ and len(id_) >= MARK and row.id.startswith(id_)]
    if id_ is not None and not chosen:
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    rows = {row.id: row for row in waiting}
    free = [rows[draft.id] for draft in drafts if draft.may_release]
    first = next(iter((*chosen, *free, *(rows[draft.id] for draft in drafts))), None)
    return DraftQueue(
        drafts=drafts,
        item=await detail(reader, first) if first else None,
        returned=tuple(reader.item(row) for row in returned),
        kinds=tuple(sorted({draft.kind for draft in everything})),
        total=len(everything),
    )


async def waiting(context: PageContext, filters: ReleaseFilters) -> tuple[DraftItem, ...]:
    """Read the drafts waiting for release that match, for a file."""
    rows = laid_before(context.reader.row.roles_now, await context.own.desk.clearances.waiting())
    reader = await draft_reader(context, rows)
    return fitting([reader.item(row) for row in rows], filters)


def fitting(drafts: Sequence[DraftItem], filters: ReleaseFilters) -> tuple[DraftItem, ...]:
    """Return the drafts that match in the chosen order; they arrive with the oldest first."""
    found = [
        draft
        for draft in drafts
        if filters.kind in {"", draft.kind}
        and {"": True, "me": draft.may_release, "own": draft.own}[filters.turn]
    ]
    return tuple(reversed(found) if filters.sort == "newest" else found)


async def several(
    context: PageContext, act: EntryId, asked: PortionQuery
) -> tuple[SeveralDrafts, Portion[Clearance]]:
    """Read a portion of the drafts to be released by the reader, and all drafts for others.

    `act`: only the drafts of an act.
    """
    waiting = laid_before(context.reader.row.roles_now, await context.own.desk.clearances.waiting())
    reader = await draft_reader(context, waiting)
    items = {row.id: reader.item(row) for row in waiting}
    free = [row for row in waiting if items[row.id].may_release and act in {"", row.act}]
    others = (each for each in items.values() if not each.may_release and not each.own)
    shown = several_portions(act, asked).of(
        "drafts", free, weigh_in_act if act else weigh_alone, main=True
    )
    drafts = tuple([await detail(reader, row) for row in shown.items])
    view = SeveralDrafts(
        drafts=drafts,
        others=() if act else tuple(others),
        act=act,
        apart=read_apart(drafts, texts=bool(act)),
    )
    return view, shown


async def draft(context: PageContext, id_: EntryId) -> DraftDetail:
    """Read one draft waiting for release.

    Raises:
        NotFound: `clearance-unknown`.
    """
    row = await find_waiting(context.own.desk, id_)
    for visible in laid_before(context.reader.row.roles_now, [row]):
        return await detail(await draft_reader(context, [visible]), visible)
    raise NotFound("clearance-unknown", "No such draft waits for release.")


def laid_before(roles: frozenset[Role], rows: Sequence[Clearance]) -> list[Clearance]:
    """Return the drafts that a reader in some roles sees: a registrar alone, charters alone."""
    kinds = [entry.kind if (entry := entry_in(row.envelope)) else "" for row in rows]
    return [
        row
        for row, kind in zip(rows, kinds, strict=True)
        if roles != {REGISTRAR} or kind == "charter.adopted"
    ]


async def find_waiting(desk: DeskServices, id_: EntryId) -> Clearance:
    """Look up a draft waiting for release.

    Raises:
        NotFound: `clearance-unknown`.
    """
    row = await desk.clearances.get(id_)
    if row is None or row.state != "waiting":
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    return row
