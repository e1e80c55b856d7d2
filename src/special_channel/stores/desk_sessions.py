"""Sessions and sign-in challenges in PostgreSQL, schema `desk`.

Does not hash or draw tokens: callers pass digests. Does not decide when to sweep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.ids import KeyId
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class Session:
    """The key and official behind a cookie or bearer token. The token itself is not stored."""

    key: KeyId
    official: int | None
    kind: Literal["browser", "bearer"]
    expires: datetime


# The key's standing comes first: after the session of a suspended key is swept, its reader still
# gets the true cause.
_ENDED: Final = """
SELECT t.token, CASE
    WHEN k.standing = 'left' THEN 'person-ended'
    WHEN k.standing IS DISTINCT FROM 'active' THEN 'key-' || coalesce(k.standing, 'unknown')
    ELSE 'session-over' END AS code
FROM unnest($1::bytea[], $2::text[]) AS t (token, key)
LEFT JOIN record.keys AS k ON k.key = t.key
LEFT JOIN desk.sessions AS s ON s.token = t.token AND s.expires > $3
WHERE s.token IS NULL OR k.standing IS DISTINCT FROM 'active'
"""

_SWEEP: Final = """
WITH challenges AS (DELETE FROM desk.challenges WHERE expires <= $1),
gone AS (DELETE FROM desk.sessions AS s WHERE s.expires <= $1 OR NOT EXISTS
    (SELECT FROM record.keys AS k WHERE k.key = s.key AND k.standing = 'active') RETURNING 1)
SELECT count(*) FROM gone
"""


class Sessions(Store):
    """Sessions by the SHA-256 of their token, and sign-in challenges by their nonce."""

    async def open(self, token: bytes, session: Session) -> None:
        """Store a session."""
        await self._insert("desk.sessions", token=token, **asdict(session))

    async def find(self, token: bytes, now: datetime) -> Session | None:
        """Look up an unexpired session by its token."""
        return await self._object(
            Session,
            "SELECT key, official, kind, expires FROM desk.sessions"
            " WHERE token = $1 AND expires > $2",
            *(token, now),
        )

    async def ended(
        self, held: Sequence[tuple[bytes, KeyId]], now: datetime
    ) -> Mapping[bytes, str]:
        """Return the ended sessions among `held` (token, key), with the code of the cause.

        `key-suspended`, `key-revoked` or `key-unknown`; else `session-over`. Active sessions are
        omitted.
        """
        tokens, keys = [token for token, _ in held], [key for _, key in held]
        rows = await self._pool.fetch(_ENDED, tokens, keys, now)
        return {row["token"]: row["code"] for row in rows}

    async def end(self, token: bytes) -> None:
        """Delete a session."""
        await self._pool.execute("DELETE FROM desk.sessions WHERE token = $1", token)

    async def sweep(self, now: datetime) -> int:
        """Delete ended sessions and expired challenges; return the number of sessions deleted.

        A session ends when it expires or its key is no longer active. Restoring a key later does
        not restore its sessions.
        """
        return await self._count(_SWEEP, now)

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
