"""Reads how both of our logs stand against their guards, and what was signed for a loss."""

from __future__ import annotations

from special_channel.broker.guarding import Behind
from special_channel.broker.recovering import Recovery
from special_channel.broker.starting import WAITS
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.times import instant
from special_channel.core.entries import PrivateRestored
from special_channel.core.rules.roles import MAY_SIGN, TWO_PERSONS
from special_channel.ports import LogName
from special_channel.web.pages.recovery import FirstSignature, LostEnd, RecoveryPage, SharedState
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import people

FORKED = "log-forked"
KIND = "private.restored"


async def recovery_page(context: PageContext) -> RecoveryPage:
    """Read the page, for a reader who may see it.

    Raises:
        Unavailable: `database-unavailable`.
    """
    recovery = context.own.recovery
    assert recovery is not None  # noqa: S101 - own bug: wiring gives it
    shared, private = await _lost(recovery, context.party), await _lost(recovery, "private")
    reason, role = context.own.ready(), context.reader.row.role
    body = _body(private)
    signed = await _signed(context, recovery, body) if body is not None else None
    return RecoveryPage(
        state=_state(reason, lost=shared is not None, tail_lost=recovery.tail_lost),
        shared=await _end(recovery, shared),
        private=await _end(recovery, private),
        reason=reason,
        body=canonical.dumps(body).decode() if body is not None else "",
        signed=signed,
        may_begin=body is not None and signed is None and role in MAY_SIGN[KIND],
        may_finish=signed is not None and role in TWO_PERSONS[KIND],
        url=context.own.url,
    )


async def _lost(recovery: Recovery, log: LogName) -> Behind | None:
    try:
        return await recovery.lost(log)
    except Corrupt:
        # A guard that can't be read tells no size; `reason` and the alarms name it.
        return None


def _state(reason: str, *, lost: bool, tail_lost: bool) -> SharedState:
    if reason == FORKED:
        return "unsigned"
    if lost:
        return "tail-lost" if tail_lost else "healing"
    if reason in WAITS:
        return "waits"
    # Behind the peer's copy, for instance, though not behind the guard.
    return "unsigned" if reason else "whole"


async def _end(recovery: Recovery, lost: Behind | None) -> LostEnd | None:
    if lost is None:
        return None
    last = await recovery.last_time(lost.log)
    return LostEnd(lost.held, lost.signed, instant(last) if last else None)


def _body(lost: Behind | None) -> dict[str, Value] | None:
    """Return the body of `private.restored` for this loss."""
    if lost is None:
        return None
    return {"size": lost.held, "signed": lost.signed, "root": lost.root.hex()}


async def _signed(
    context: PageContext, recovery: Recovery, body: dict[str, Value]
) -> FirstSignature | None:
    """Return what a registrar signed; None if that names another loss than there is now."""
    envelope = await recovery.pending()
    payload = dsse.decode(envelope).payload if envelope else b""
    entry = entry_in(envelope) if envelope else None
    if not isinstance(entry, PrivateRestored) or entry.body.model_dump() != body:
        return None
    authors = await people(context, [entry.by])
    return FirstSignature(
        entry_id=dsse.decode(envelope or b"").id,
        author=authors.author(entry.by),
        at=instant(entry.at),
        payload=payload.decode(),
    )
