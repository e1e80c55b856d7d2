"""List and end the sessions of a person: each sees and ends the own ones alone.

A session that ends takes its live streams with it, in every process of the node. Does not sign
anybody in (`signin.py`) and does not delete what has expired (`session_keeper.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PersonId
from special_channel.desk.signin import SignIn, token_digest
from special_channel.stores.desk_sessions import OpenSession


async def sessions_of(deps: SignIn, person: PersonId, token: str = "") -> Sequence[OpenSession]:
    """Return a person's open sessions, oldest first; `token` is the reader's own."""
    now = deps.clock.now()
    return await deps.sessions.of_person(deps.party, person, now, token_digest(token))


async def end_session(deps: SignIn, person: PersonId, number: int) -> None:
    """End one of a person's sessions, with its live streams.

    Raises:
        NotFound: `session-unknown` if the session is another person's or is over.
    """
    if not await deps.sessions.end_one(deps.party, person, number, deps.clock.now()):
        raise NotFound("session-unknown", "There is no such session of yours.")
    _told(deps)


async def end_sessions_of(deps: SignIn, person: PersonId) -> int:
    """End all sessions of a person, with their live streams; return their number.

    Suspending a person or key ends sessions without this call too, once the record is read again.
    """
    ended = await deps.sessions.end_all(deps.party, person, deps.clock.now())
    if ended:
        _told(deps)
    return ended


def _told(deps: SignIn) -> None:
    # Which tokens are cached for these sessions is not known here; the cache is a second old.
    deps.known.forget_all()
    deps.ended()
