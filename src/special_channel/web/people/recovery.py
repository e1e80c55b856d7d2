"""Losses after a restore, over page and API: missing entries of both our logs, and who signs.

For registrars, heads of unit and directors. Does not sign: their browsers do, and
`special-channel recover` on the machine of the root key's holder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from aiohttp import web

from special_channel.broker.receipts import Accepted
from special_channel.broker.recovering import Recovery
from special_channel.broker.starting import WAITS
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import ChannelError, Corrupt
from special_channel.core.bytes.times import instant
from special_channel.core.entries import PrivateRestored, parse
from special_channel.core.rules.roles import MAY_SIGN, TWO_PERSONS
from special_channel.ports import LogName
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.http.services import ActServices, Services, services
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.people import Author
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.menu import RECOVERERS
from special_channel.web.shell.people import people
from special_channel.web.shell.responses import show
from special_channel.web.shell.submissions import Receipt, SentEntry, receipts, submission

KIND: Final = "private.restored"

LogState = Literal["whole", "healing", "tail-lost", "waits", "unsigned"]
"""State of our shared log: complete; entries being fetched; entries missing on both nodes; other
node's copy not seen yet; not signing for another reason."""


class LostLog(View):
    """A log whose last entries are missing.

    Attributes:
        held: Number of entries in the database.
        signed: Number of entries that this node signed.
        root: Root hash of the signed log.
        last_accepted: Time of the last entry in the database; empty without one.
    """

    log: str
    held: int
    signed: int
    root: str
    last_accepted: str

    @property
    def missing(self) -> int:
        """Number of missing entries; 0 if the database has as many other entries."""
        return self.signed - self.held

    @property
    def last(self) -> datetime | None:
        """Time of the last entry in the database."""
        return instant(self.last_accepted) if self.last_accepted else None


class RecoveryView(View):
    """Losses of our logs, and signatures for continuing without the lost entries.

    Attributes:
        reason: Code of the reason for not signing in our shared log; empty while signing.
        tail_lost: The other node was asked for the missing entries and does not have them.
        pending: `private.restored` with a registrar's signature but no head of unit's.
        log: Origin of our shared log.
        private_log: Origin of our private log.
    """

    reason: str
    shared: LostLog | None
    tail_lost: bool
    private: LostLog | None
    pending: str | None
    log: str
    private_log: str

    @property
    def state(self) -> LogState:
        """State of our shared log."""
        if self.shared and self.reason != "log-forked":
            return "tail-lost" if self.tail_lost else "healing"
        if self.reason in WAITS:
            return "waits"
        # Behind the other node's copy, for instance, though not behind the guard.
        return "unsigned" if self.reason else "whole"

    @property
    def body(self) -> str:
        """Body of `private.restored` for the loss, as canonical JSON; empty without a loss."""
        lost = self.private
        if lost is None:
            return ""
        body = {"size": lost.held, "signed": lost.signed, "root": lost.root}
        return canonical.dumps(body).decode()


@dataclass(frozen=True, slots=True)
class FirstSignature:
    """A registrar's signature of `private.restored`, before a second person's signature.

    Attributes:
        payload: The signed bytes: canonical JSON.
    """

    entry_id: str
    author: Author
    at: datetime
    payload: str


class Recovered(View):
    """Receipts; none while a second person has to sign."""

    receipts: tuple[Receipt, ...]


async def read_recovery(own: Services, *, tolerant: bool = False) -> RecoveryView:
    """Compare both our logs with their guards.

    Args:
        own: The services.
        tolerant: Whether to omit the loss of a log whose guard is damaged.

    Raises:
        Corrupt: `published-damaged` for a damaged guard.
        Unavailable: `database-unavailable`.
    """
    recovery, party = _recovery(own.acts), own.node.identity.party
    shared = await _lost(own, party, tolerant=tolerant)
    private = await _lost(own, "private", tolerant=tolerant)
    pending = await recovery.pending() if private else None
    return RecoveryView(
        reason=own.status.ready(),
        shared=shared,
        tail_lost=shared is not None and recovery.tail_lost(),
        private=private,
        pending=pending.decode() if pending else None,
        log=own.node.identity.origin(party),
        private_log=own.node.identity.private_origin,
    )


async def get_page(request: web.Request) -> web.Response:
    """Show missing entries of our logs, and acts open to the reader."""
    context = await page_context(request, *RECOVERERS)
    # `reason` and the alarms name a damaged guard.
    view = await read_recovery(context.own, tolerant=True)
    page = recovery_page(
        view,
        role=context.reader.row.role,
        first=await _first_signature(context, view),
        url=context.own.node.url,
    )
    return await show(context, page)


def recovery_page(
    view: RecoveryView, *, role: str, url: str, first: FirstSignature | None = None
) -> ViewPage:
    """Make the page about losses after a restore.

    Args:
        view: The losses.
        role: The reader's role.
        url: Address of this node, for commands.
        first: The first signature for the loss of the private log.
    """
    more = {
        "first": first,
        "may_begin": bool(view.body) and first is None and role in MAY_SIGN[KIND],
        "may_finish": first is not None and role in TWO_PERSONS[KIND],
        "url": url,
    }
    return ViewPage("people/recovery.html", "recovery", view, more)


@operation(Operation("Read what was lost after a restore", response=RecoveryView))
async def get_recovery(request: web.Request) -> RecoveryView:
    """Return the losses of both our logs by their guards."""
    await visitor(request, *RECOVERERS)
    return await read_recovery(services(request))


@operation(Operation("Accept the loss in the private log", request=SentEntry, response=Recovered))
async def post_private_recovery(request: web.Request, body: SentEntry) -> Recovered:
    """Store a registrar's signature; with the second one the private log continues."""
    await visitor(request, *RECOVERERS)
    return _recovered(await _recovery(services(request).acts).accept_private(submission(body)))


@operation(
    Operation("Let our shared log go on by the root key", request=SentEntry, response=Recovered)
)
async def post_shared_recovery(request: web.Request, body: SentEntry) -> Recovered:
    """Let our shared log continue without entries missing on both nodes."""
    await visitor(request, *RECOVERERS)
    return _recovered(await _recovery(services(request).acts).restore_shared(submission(body)))


async def _first_signature(context: PageContext, view: RecoveryView) -> FirstSignature | None:
    """Return the first signature; None without a signature for the current loss."""
    if not view.pending:
        return None
    envelope = dsse.decode(view.pending.encode())
    try:
        entry = parse(envelope.payload)
    except ChannelError:  # signed before an update of the node
        return None
    if not isinstance(entry, PrivateRestored):
        return None
    if canonical.dumps(entry.body.model_dump()).decode() != view.body:
        return None
    return FirstSignature(
        entry_id=envelope.id,
        author=(await people(context, [entry.by])).author(entry.by),
        at=instant(entry.at),
        payload=envelope.payload.decode(),
    )


def _recovery(acts: ActServices) -> Recovery:
    assert acts.recovery is not None  # noqa: S101 - own bug: wiring sets it
    return acts.recovery


async def _lost(own: Services, log: LogName, *, tolerant: bool) -> LostLog | None:
    recovery = _recovery(own.acts)
    try:
        lost = await recovery.lost(log)
    except Corrupt:
        if tolerant:
            return None
        raise
    if lost is None:
        return None
    return LostLog(
        log=own.node.identity.origin(lost.log),
        held=lost.held,
        signed=lost.signed,
        root=lost.root.hex(),
        last_accepted=await recovery.last_time(lost.log),
    )


def _recovered(accepted: list[Accepted]) -> Recovered:
    return Recovered(receipts=receipts(accepted).receipts)


PAGES: Final[tuple[Route, ...]] = (("GET", "/recovery", get_page),)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/recovery", get_recovery),
    ("POST", "/api/recovery/private", post_private_recovery),
    ("POST", "/api/recovery/shared", post_shared_recovery),
)
