"""Whose requests are answered: the peer's link keys.

The first is pinned in configuration; once the peer's log names link keys, the log decides,
so a revoked key is refused even if it is the pinned one. Does not verify signatures.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass

from special_channel.core.directory import KeyRow
from special_channel.core.errors import BadSignature
from special_channel.core.ids import KeyId, Party
from special_channel.core.suites import check_public, key_id
from special_channel.ports import SharedRecord


@dataclass(frozen=True, slots=True)
class PinnedLinkKey:
    """The peer's first link key, from configuration. Checked for weakness when made.

    Raises:
        Malformed: `key-malformed`, `suite-unsupported`.
        RuleBroken: `key-weak`.
    """

    party: Party
    suite: str
    public: bytes

    def __post_init__(self) -> None:
        check_public(self.suite, self.public)

    @property
    def id(self) -> KeyId:
        """Its key id."""
        return key_id(self.party, self.suite, self.public)


class LinkKeys:
    """Looks a link key of the peer up."""

    def __init__(self, record: SharedRecord, pinned: PinnedLinkKey) -> None:
        self._record = record
        self._pinned = pinned

    async def find(self, key: KeyId) -> tuple[str, bytes]:
        """Return (suite, public key) of a link key that the peer uses now.

        Raises:
            BadSignature: `link-key-unknown`.
            Unavailable: `database-unavailable`.
        """
        async with self._record.begin() as transaction:
            row = (await transaction.rows(frozenset({("key", key)}))).get(("key", key))
        if isinstance(row, KeyRow):
            if row.party == self._pinned.party and row.role == "link" and row.now == "active":
                return row.suite, b64decode(row.public)
        elif key == self._pinned.id:
            return self._pinned.suite, self._pinned.public
        raise BadSignature("link-key-unknown", "This is no link key of the other side.", key=key)
