"""What was lost after a restore, and what people sign to go on.

For registrars, heads of unit and directors. Does not sign: `special-channel recover` does, on the
machine of whoever holds the key.
"""

from __future__ import annotations

from aiohttp import web

from special_channel.broker.guarding import Behind
from special_channel.broker.receipts import Accepted
from special_channel.broker.recovering import Recovery
from special_channel.web.api.entries import Receipt, SentEntry, receipts, submission
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell.menu import RECOVERERS


class LostLog(Body):
    """A log whose end is lost: its size here, what was signed, when the last entry came."""

    log: str
    held: int
    signed: int
    root: str
    last_accepted: str


class RecoveryState(Body):
    """What is lost of our own logs, and what lets them go on.

    `reason` is why nothing is signed in our shared log; `tail_lost` says that the other node was
    asked and has not what is missing; `pending` is what a registrar has signed and no head yet.
    """

    reason: str
    shared: LostLog | None
    tail_lost: bool
    private: LostLog | None
    pending: str | None
    log: str
    private_log: str


class Recovered(Body):
    """Receipts; none where a second person has still to sign."""

    receipts: tuple[Receipt, ...]


@operation(Operation("Read what was lost after a restore", response=RecoveryState))
async def get_recovery(request: web.Request) -> RecoveryState:
    """Return how both own logs stand against their guards."""
    own, recovery = await _allowed(request)
    party = own.identity.party
    shared, private = await recovery.lost(party), await recovery.lost("private")
    pending = await recovery.pending() if private else None
    return RecoveryState(
        reason=own.ready(),
        shared=await _lost(own, recovery, shared),
        tail_lost=shared is not None and recovery.tail_lost,
        private=await _lost(own, recovery, private),
        pending=pending.decode() if pending else None,
        log=own.identity.origin(party),
        private_log=own.identity.private_origin,
    )


@operation(Operation("Accept the loss in the private log", request=SentEntry, response=Recovered))
async def post_private_recovery(request: web.Request, body: SentEntry) -> Recovered:
    """Keep a registrar's signature, or let the private log go on by two."""
    _, recovery = await _allowed(request)
    return _recovered(await recovery.accept_private(submission(body)))


@operation(
    Operation("Let our shared log go on by the root key", request=SentEntry, response=Recovered)
)
async def post_shared_recovery(request: web.Request, body: SentEntry) -> Recovered:
    """Let our shared log go on after a loss that nobody can make good."""
    _, recovery = await _allowed(request)
    return _recovered(await recovery.restore_shared(submission(body)))


async def _allowed(request: web.Request) -> tuple[Services, Recovery]:
    await visitor(request, *RECOVERERS)
    own = services(request)
    assert own.recovery is not None  # noqa: S101 - own bug: wiring gives it
    return own, own.recovery


async def _lost(own: Services, recovery: Recovery, lost: Behind | None) -> LostLog | None:
    if lost is None:
        return None
    return LostLog(
        log=own.identity.origin(lost.log),
        held=lost.held,
        signed=lost.signed,
        root=lost.root.hex(),
        last_accepted=await recovery.last_time(lost.log),
    )


def _recovered(made: list[Accepted]) -> Recovered:
    return Recovered(receipts=receipts(made).receipts)
