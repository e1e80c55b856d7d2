"""Signs the node's automatic entries with the node key; each entry names both heads.

Does not decide on the contents, and does not append.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.core.bytes.canonical import Value
from special_channel.core.rows.submission import Authored
from special_channel.core.rows.writing import author, part_refs
from special_channel.ports import Head


class NodeEntrySigner:
    """Signs entries of the node with a common header: time, author and heads under the lock.

    Attributes:
        at: The time stated in the entries, `YYYY-MM-DDThh:mm:ssZ`.
    """

    def __init__(self, identity: Identity, heads: Heads, at: str) -> None:
        """Sign by this node's key; `heads` go into `seen`, without empty logs."""
        self.at = at
        self._node = identity.node
        self._origins = identity.origin(identity.party), identity.private_origin
        seen: list[Value] = [_seen(identity, head) for head in (heads.own, heads.peer) if head.size]
        self._header: dict[str, Value] = {"v": 1, "by": self._node.key, "at": at, "seen": seen}

    def shared(
        self, kind: str, body: Mapping[str, Value], about: Mapping[str, Value] | None = None
    ) -> Authored:
        """Sign an entry of our shared log; `about` has further header fields."""
        return self._sign(self._origins[0], kind, body, about or {})

    def private(
        self, kind: str, body: Mapping[str, Value], disclosures: Sequence[bytes] = ()
    ) -> Authored:
        """Sign an entry of the private log, with its parts in order."""
        about: dict[str, Value] = {"parts": part_refs(disclosures)} if disclosures else {}
        return self._sign(self._origins[1], kind, body, about, disclosures)

    def _sign(
        self,
        log: str,
        kind: str,
        body: Mapping[str, Value],
        about: Mapping[str, Value],
        disclosures: Sequence[bytes] = (),
    ) -> Authored:
        payload: dict[str, Value] = {**self._header, **about, "log": log, "kind": kind}
        return author(payload | {"body": dict(body)}, self._node, disclosures)


def _seen(identity: Identity, head: Head) -> Value:
    return {
        "log": identity.origin(head.log),
        "size": head.size,
        "root": head.frontier.root().hex(),
    }
