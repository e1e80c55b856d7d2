"""Sessions and sign-in challenges in PostgreSQL, schema `desk`.

Sessions that ended are kept for `KEPT`, with their address and the cause. Does not hash or draw
tokens: callers pass digests. Does not decide when to sweep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from special_channel.core.bytes.ids import KeyId, Party, PersonId
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class Session:
    """The key and official behind a cookie or bearer token. The token itself is not stored.

    `address`: the client's address at sign-in; `opened`: the time of it.
    """

    key: KeyId
    official: int | None
    kind: Literal["browser", "bearer"]
    expires: datetime
    address: str = ""
    opened: datetime | None = None


KEPT: Final = timedelta(days=90)
"""How long an ended session is kept: whoever reviews a stolen key asks where it was used."""

SEEN_EVERY: Final = timedelta(minutes=1)
"""Exactness of `seen`: a busy session is written once a minute, not with each request."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session in its person's list.

    Attributes:
        id: Number by which the person ends it; no secret.
        opened: Time of the sign-in; None for a session of before sessions had a time.
        seen: Time of the last request, exact to `SEEN_EVERY`.
        address: Address of the client that signed in.
        here: Whether the reader asks with it.
    """

    id: int
    key: KeyId
    kind: Literal["browser", "bearer"]
    opened: datetime | None
    seen: datetime | None
    expires: datetime
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session that ended, and why: `session-over`, `grant-ended` or a code of the key."""

    key: KeyId
    kind: Literal["browser", "bearer"]
    opened: datetime | None
    seen: datetime | None
    ended: datetime
    address: str
    cause: str


# The key's standing comes first: after the session of a suspended key is swept, its reader still
# gets the true cause. The second line is the end of a person's last function.
_CAUSE: Final = """CASE
    WHEN k.standing = 'left' THEN 'person-ended'
    WHEN k.standing IS DISTINCT FROM 'active' THEN 'key-' || coalesce(k.standing, 'unknown')
    WHEN NOT jsonb_path_exists(k.doc, '$.grants[*] ? (@.end == null)') THEN 'grant-ended'
    ELSE 'session-over' END"""

_STOPPED: Final = """(k.standing IS DISTINCT FROM 'active'
    OR NOT jsonb_path_exists(k.doc, '$.grants[*] ? (@.end == null)'))"""

_ENDED: Final = f"""
SELECT t.token, {_CAUSE} AS code
FROM unnest($1::bytea[], $2::text[]) AS t (token, key)
LEFT JOIN record.keys AS k ON k.key = t.key
LEFT JOIN desk.sessions AS s ON s.token = t.token AND s.expires > $3
WHERE s.token IS NULL OR {_STOPPED}
"""  # noqa: S608 - constants

_KEEP: Final = """kept AS (INSERT INTO desk.past_sessions
    (key, official, kind, opened, seen, ended, address, cause)
    SELECT key, official, kind, opened, seen, $1, address, code FROM gone RETURNING 1)
SELECT count(*) FROM kept
"""

_SWEEP: Final = f"""
WITH challenges AS (DELETE FROM desk.challenges WHERE expires <= $1),
forgotten AS (DELETE FROM desk.past_sessions WHERE ended <= $2),
over AS (SELECT s.token, {_CAUSE} AS code FROM desk.sessions AS s
    LEFT JOIN record.keys AS k ON k.key = s.key
    WHERE s.expires <= $1 OR {_STOPPED}),
gone AS (DELETE FROM desk.sessions AS s USING over WHERE s.token = over.token
    RETURNING s.*, over.code),
{_KEEP}"""  # noqa: S608 - constants

_END: Final = f"""
WITH gone AS (DELETE FROM desk.sessions AS s WHERE {{which}}
    RETURNING s.*, 'session-over' AS code),
{_KEEP}"""  # noqa: S608 - constants

_OF_PERSON: Final = """s.key IN (SELECT k.key FROM record.keys AS k
    WHERE k.party = $2 AND k.person = $3)"""

_FIND: Final = """
WITH used AS (UPDATE desk.sessions SET seen = $2
    WHERE token = $1 AND expires > $2 AND coalesce(seen <= $3, true))
SELECT key, official, kind, expires, address, opened FROM desk.sessions
WHERE token = $1 AND expires > $2
"""

_LIST: Final = f"""
SELECT id, key, kind, opened, seen, expires, address, token = $4 AS here
FROM desk.sessions AS s WHERE s.expires > $1 AND {_OF_PERSON} ORDER BY id
"""  # noqa: S608 - constants

_PAST: Final = f"""
SELECT key, kind, opened, seen, ended, address, cause
FROM desk.past_sessions AS s WHERE s.ended > $1 AND {_OF_PERSON} ORDER BY ended DESC, id DESC
LIMIT 200
"""  # noqa: S608 - constants


class Sessions(Store):
    """Sessions by the SHA-256 of their token, and sign-in challenges by their nonce."""

    async def open(self, token: bytes, session: Session) -> None:
        """Store a session."""
        await self._insert("desk.sessions", token=token, **asdict(session), seen=session.opened)

    async def find(self, token: bytes, now: datetime) -> Session | None:
        """Look up an unexpired session by its token, and note that it is in use."""
        return await self._object(Session, _FIND, token, now, now - SEEN_EVERY)

    async def of_person(
        self, party: Party, person: PersonId, now: datetime, token: bytes = b""
    ) -> Sequence[OpenSession]:
        """Return the open sessions of a person's keys, oldest first; `token`: the reader's."""
        return await self._objects(OpenSession, _LIST, now, party, person, token)

    async def past_of_person(
        self, party: Party, person: PersonId, since: datetime
    ) -> Sequence[PastSession]:
        """Return a person's sessions that ended after a time, newest first."""
        return await self._objects(PastSession, _PAST, since, party, person)

    async def ended(
        self, held: Sequence[tuple[bytes, KeyId]], now: datetime
    ) -> Mapping[bytes, str]:
        """Return the ended sessions among `held` (token, key), with the code of the cause.

        `key-suspended`, `key-revoked`, `key-unknown`, `person-ended` or `grant-ended`; else
        `session-over`. Active sessions are omitted.
        """
        tokens, keys = [token for token, _ in held], [key for _, key in held]
        rows = await self._pool.fetch(_ENDED, tokens, keys, now)
        return {row["token"]: row["code"] for row in rows}

    async def end(self, token: bytes, now: datetime) -> None:
        """End a session."""
        await self._count(_END.format(which="s.token = $2"), now, token)

    async def end_one(self, party: Party, person: PersonId, number: int, now: datetime) -> bool:
        """End one of a person's sessions; return False if it is another's or over."""
        which = f"{_OF_PERSON} AND s.id = $4"
        return bool(await self._count(_END.format(which=which), now, party, person, number))

    async def end_all(self, party: Party, person: PersonId, now: datetime) -> int:
        """End all sessions of a person's keys; return their number."""
        return await self._count(_END.format(which=_OF_PERSON), now, party, person)

    async def sweep(self, now: datetime) -> int:
        """Delete ended sessions and expired challenges; return the number of sessions deleted.

        A session ends when it expires, its key is no longer active or its person's last function
        ended. Restoring a key later does not restore its sessions.
        """
        return await self._count(_SWEEP, now, now - KEPT)

    async def challenge(
        self, nonce: str, key: KeyId, expires: datetime, client: str, room: tuple[int, datetime]
    ) -> bool:
        """Store a nonce that may be answered once.

        `room`: the limit of a client's open challenges, and the current time. At the limit, store
        nothing and return False.
        """
        stored = await self._pool.fetchval(
            "INSERT INTO desk.challenges (nonce, key, expires, client) SELECT $1, $2, $3, $4"
            " WHERE (SELECT count(*) FROM desk.challenges WHERE client = $4 AND expires > $6) < $5"
            " RETURNING 1",
            *(nonce, key, expires, client, *room),
        )
        return stored is not None

    async def answered(self, nonce: str, key: KeyId, now: datetime) -> bool:
        """Delete a nonce that was answered; return False if unknown, expired or another key's."""
        used = await self._pool.fetchval(
            "DELETE FROM desk.challenges"
            " WHERE nonce = $1 AND key = $2 AND expires > $3 RETURNING 1",
            nonce,
            key,
            now,
        )
        return used is not None
