"""A node's identity: party, origins, pins and signing keys.

Does not read key files: `wiring/` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log.checkpoint import Checkpoint, cosign, make_note, sign
from special_channel.core.rows.writing import Signer
from special_channel.core.rules.judge_context import Pin
from special_channel.ports import LogName


@dataclass(frozen=True, slots=True)
class Identity:
    """One party's node.

    Attributes:
        party: The node's party.
        private_origin: Origin of the private log.
        pins: Both parties' origin and root key, from configuration.
        node: Signs automatic entries.
        checkpoint: Signs checkpoints of our logs.
        cosigning: Signs stamped heads, and cosignatures on the peer's log.
        cosigning_name: The cosigning key's name in signed notes.
    """

    party: Party
    private_origin: str
    pins: Mapping[Party, Pin]
    node: Signer
    checkpoint: PrivateKey
    cosigning: PrivateKey
    cosigning_name: str

    @property
    def peer(self) -> Party:
        """The other party."""
        return peer_of(self.party)

    def origin(self, log: LogName) -> str:
        """Return a log's origin line."""
        return self.private_origin if log == "private" else self.pins[log].origin

    def sign(self, log: LogName, size: int, root: bytes) -> str:
        """Sign a checkpoint of one of our logs and return the note."""
        checkpoint = Checkpoint(self.origin(log), size, root)
        return make_note(checkpoint, sign(checkpoint, self.checkpoint, self.origin(log)))

    def stamp(self, log: LogName, size: int, root: bytes, time: int) -> str:
        """Sign a stamped head: our checkpoint with our timestamped cosignature."""
        checkpoint = Checkpoint(self.origin(log), size, root)
        return make_note(
            checkpoint,
            sign(checkpoint, self.checkpoint, self.origin(log)),
            cosign(checkpoint, self.cosigning, self.cosigning_name, time),
        )
