"""Read the state of the node: logs, link, channel tests and private log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import orjson

from special_channel.core.bytes.errors import NotAllowed, NotFound
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.entries import COUNTED_PRIVATE_KINDS
from special_channel.core.rows.charter import CharterRow, InForce, in_force
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.functions import held_functions
from special_channel.ports import Stored
from special_channel.stores.people import Official
from special_channel.web.http.services import Services, StoreServices
from special_channel.web.node.views import (
    ChannelTests,
    CharterInForce,
    DamagedPlace,
    FunctionInForce,
    Heads,
    LogHead,
    PrivateItem,
    PrivateItems,
    Status,
)
from special_channel.web.shared.times import time_list
from special_channel.web.shell.context import EVERYTHING, PageContext
from special_channel.web.shell.people import absent_names, function_words

NEWEST_TIMES: Final = 5
"""Entries whose times show something, with the state of the node; all are with its people."""

MOST_PRIVATE: Final = 100
"""Entries of the private log in one response."""

_PRIVATE_NUMBER: Final = re.compile(r"(?:PRIVATE|EU-P|CN-P)-(\d{1,15})")


async def heads(own: Services, reader: KeyRow) -> Heads:
    """Read both logs' heads, the charter in force, and what the reader may sign."""
    _, _, state = await own.stores.record.state()
    rows = await own.stores.record.heads()
    logs = [
        LogHead(
            log=own.node.identity.origin(party),
            party=party,
            size=rows[party].size,
            root=rows[party].frontier.root().hex(),
            note=await own.stores.record.checkpoint(party, rows[party].size)
            if rows[party].size
            else None,
            delivered=rows[party].cosigned,
        )
        for party in PARTIES
    ]
    charters = await _charters(own.stores)
    charter = in_force(charters, Past(own.node.identity.party, EVERYTHING, EVERYTHING))
    return Heads(
        party=own.node.identity.party,
        heads=tuple(logs),
        charter=_stated(charters, charter) if charter else None,
        state=state,
        functions=tuple(
            FunctionInForce.model_validate(asdict(one)) for one in held_functions(reader, charter)
        ),
    )


async def with_words(context: PageContext, found: Heads) -> Heads:
    """Add for whom the reader stands in, in each such function."""
    row = context.reader.row
    absent = await absent_names(context, [row])
    words = {
        grant.number: function_words(context, grant, absent.get(grant.absent, ""))
        for grant in row.functions_now
        if grant.absent
    }
    functions = tuple(
        each.model_copy(update={"words": words.get(each.number, "")}) for each in found.functions
    )
    return found.model_copy(update={"functions": functions})


async def status(own: Services) -> Status:
    """Read the state of node, link and reminders."""
    eu, cn, state = await own.stores.record.state()
    head = await own.stores.record.head(own.node.identity.party)
    link, reminders, check = own.status.link(), own.status.reminders(), own.status.check()
    waits = await own.stores.waiting.waits(own.node.identity.peer)
    reason, lost = own.status.ready(), own.status.private_behind()
    times = await own.stores.views.time_notices(own.node.identity.peer, NEWEST_TIMES)
    return Status(
        party=own.node.identity.party,
        ready=not reason,
        reason=reason,
        link_down_since=link.down_since,
        last_heard=link.last_heard,
        link_stopped=link.stopped,
        waits_for=None if waits.gap is None else str(waits.gap),
        queued=waits.entries,
        waiting=waits.entries - waits.lacking,
        behind=max(link.behind, waits.entries),
        alarms=own.status.alarms(),
        undelivered_since=link.undelivered_since,
        peer_undelivered_since=link.peer_undelivered_since,
        reminders_stopped_since=reminders.stopped_since,
        peer_reminders_stopped_since=reminders.peer_stopped_since,
        canary_at=reminders.canary_at,
        eu=eu,
        cn=cn,
        undelivered=head.size - head.cosigned,
        private_held=lost.held if lost else None,
        private_signed=lost.signed if lost else None,
        state=state,
        check_passed_at=check.passed,
        check_ended_at=check.ended,
        damaged=tuple(
            DamagedPlace(place=each.name, what=each.what, part=each.place) for each in check.damaged
        ),
        times=time_list(own.node.identity.peer, *times),
    )


async def try_channels(context: PageContext, names: Sequence[str], to: str = "") -> ChannelTests:
    """Send a test letter through channels, all if none is named.

    Args:
        context: The request's context.
        names: Names of channels.
        to: Address in our directory; empty for the reader's own.

    Raises:
        NotAllowed: `recipient-unknown`.
        NotFound: `channel-unknown`.
        Unavailable: `alert-channels-dead`.
    """
    official = await _recipient(context, to)
    # A group is reached without an address too; mail says that it has none.
    address, lang = (official.email, official.language) if official else ("", context.lang)
    return ChannelTests(results=await context.own.alerts.ways.test(address, lang, tuple(names)))


async def private_items(stores: StoreServices, words: str, before: int) -> PrivateItems:
    """Find entries of the private log that have parts, newest first.

    Args:
        stores: Queries of the record.
        words: Text to find in a part; empty for all.
        before: The index below which to search.
    """
    rows = await stores.views.private_with_parts(words, before=before, limit=MOST_PRIVATE)
    return PrivateItems(
        items=tuple(PrivateItem(position=f"PRIVATE-{row.index}", **asdict(row)) for row in rows)
    )


async def private_entry(stores: StoreServices, which: str) -> Stored:
    """Look up an entry of the private log by its number (PRIVATE-7) or id.

    Raises:
        NotFound: `entry-unknown`.
    """
    number = _PRIVATE_NUMBER.fullmatch(which)
    if number:
        entry = next(iter(await stores.record.entries("private", int(number[1]), 1)), None)
    else:
        entry = (await stores.views.find_private([which])).get(which)
    # Who may erase are registrars and leaders, who see no grant, scope or purpose (K29): to them
    # such an entry is like one that is not here.
    if entry is None or entry.kind in COUNTED_PRIVATE_KINDS:
        raise NotFound("entry-unknown", "There is no such entry here.")
    return entry


async def _recipient(context: PageContext, to: str) -> Official | None:
    """Look up who gets a test: by address, else the reader."""
    if not to:
        return context.reader.official or await context.own.desk.officials.of_key(
            context.reader.key
        )
    address = to.strip().casefold()
    for official in await context.own.desk.officials.all():
        if official.email.casefold() == address:
            return official
    raise NotAllowed("recipient-unknown", "That is nobody's address in the own directory.")


async def _charters(stores: StoreServices) -> tuple[CharterRow, ...]:
    rows = (await stores.record.rows(frozenset())).values()
    return tuple(row for row in rows if isinstance(row, CharterRow))


def _stated(charters: Sequence[CharterRow], charter: InForce) -> CharterInForce:
    row = next(row for row in charters if row.number == charter.number)
    document = orjson.loads(row.document(charter.digest))
    return CharterInForce(number=charter.number, digest=charter.digest, document=document)
