"""Look up the peer's link keys, the only keys with access to the link, and choose our own.

The peer's first key is pinned in configuration. Once the peer's log names link keys, the log
decides: a revoked key is refused even if pinned. Does not verify signatures.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass

from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.bytes.suites import check_public, key_id
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.writing import Signer
from special_channel.ports import Head, SharedRecord


@dataclass(frozen=True, slots=True)
class PinnedLinkKey:
    """The peer's first link key, from configuration. The constructor refuses weak keys.

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
        """The key id."""
        return key_id(self.party, self.suite, self.public)


@dataclass(frozen=True, slots=True)
class OwnLinkKey:
    """Our link key that the peer accepts.

    Attributes:
        signer: The key; None before our founding is stored, or if no key with a file is in use.
        settled: Whether it stays the key until the next entry of the directory, or key file.
    """

    signer: Signer | None
    settled: bool


async def own_link_key(record: SharedRecord, head: Head, held: Iterable[Signer]) -> OwnLinkKey:
    """Return our link key that the peer accepts: the newest whose enrolment the peer has mirrored.

    Without one, the oldest in use: the peer learns of it by its own requests (docs/rules.md, K19).

    Args:
        record: The shared logs.
        head: The head of our log.
        held: Keys with a file.

    Raises:
        Unavailable: `database-unavailable`.
    """
    signers = {signer.key: signer for signer in held}
    rows = await record.rows(frozenset(("key", key) for key in signers))
    active = sorted(
        (row.enrolled, row.key)
        for row in rows.values()
        if isinstance(row, KeyRow) and row.machine == "link" and row.now == "active"
    )
    if not active:
        return OwnLinkKey(None, settled=False)
    known = [key for enrolled, key in active if enrolled < head.cosigned]
    chosen = known[-1] if known else active[0][1]
    return OwnLinkKey(signers[chosen], settled=len(known) == len(active))


async def link_key(record: SharedRecord, pinned: PinnedLinkKey, key: KeyId) -> tuple[str, bytes]:
    """Return (suite, public key) of an active link key of the peer.

    Raises:
        BadSignature: `link-key-unknown`.
        Unavailable: `database-unavailable`.
    """
    row = (await record.rows(frozenset({("key", key)}))).get(("key", key))
    if isinstance(row, KeyRow):
        if row.party == pinned.party and row.role == "link" and row.now == "active":
            return row.suite, b64decode(row.public)
    elif key == pinned.id:
        return pinned.suite, pinned.public
    raise BadSignature("link-key-unknown", "This is no link key of the other side.", key=key)
