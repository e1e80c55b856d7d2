"""Choose our keys for a commit, read under the lock on the heads (K16, K31).

Does not hold private keys: `identity.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKey, key_at, signing_keys
from special_channel.core.rules.state import Row, RowKey
from special_channel.ports import Head, SharedTransaction, Stored


class KeysInForce:
    """Our party's row with the keys in force; read again after an act of the directory."""

    def __init__(self, party: Party) -> None:
        self._key: RowKey = ("party", party)
        self._cached: tuple[int, PartyRow | None] = (-1, None)

    async def row(
        self,
        transaction: SharedTransaction,
        own: Head,
        changed: Mapping[RowKey, Row] | None = None,
    ) -> PartyRow | None:
        """Return our party's row as `changed` leaves it; None before the founding.

        `own`: the head of our shared log under the lock, so that a succession by another process
        is seen.
        """
        fresh = (changed or {}).get(self._key)
        if isinstance(fresh, PartyRow):
            return fresh
        # Only entries of the directory change the keys, and the head counts these (K26).
        if self._cached[0] != own.directory:
            held = (await transaction.rows(frozenset({self._key}))).get(self._key)
            self._cached = own.directory, held if isinstance(held, PartyRow) else None
        return self._cached[1]


def signers(row: PartyRow | None, head: Head, entries: Sequence[Stored]) -> tuple[LogKey, ...]:
    """Return the keys for signing the commit of `entries` after a log's head."""
    if row is None:
        return ()
    if head.log == "private":
        # The private log has no place of its own in the windows: its last leaf states one.
        return (key_at(row.checkpoint, entries[-1].frontier),)
    return signing_keys(row.checkpoint, head.size, head.size + len(entries))
