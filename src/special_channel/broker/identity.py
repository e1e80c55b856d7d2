"""A node's identity: party, origins, pins and signing keys.

Does not read key files: `wiring/` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log.checkpoint import Checkpoint, cosign, make_note, sign
from special_channel.core.log.note import NoteSignature
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKey, key_at
from special_channel.core.rows.writing import Signer
from special_channel.core.rules.judge_context import Pin
from special_channel.ports import LogName


class KeyRing:
    """A machine's private keys: in use, succeeded, and prepared.

    Reads the files again when an unknown key is asked for: an operator may add the next key's file
    while the node runs.
    """

    def __init__(
        self, first: PrivateKey, read: Callable[[], Iterable[PrivateKey]] = lambda: ()
    ) -> None:
        """Hold the founded key, and the keys that `read` returns."""
        self._read = read
        self._held: dict[bytes, PrivateKey] = {first.public: first}
        self.first = first

    def find(self, key: LogKey) -> PrivateKey | None:
        """Return the private key of a key of the log; None if no file has it."""
        public = key.verifier.public
        if public not in self._held:
            self._held |= {private.public: private for private in self._read()}
        return self._held.get(public)

    def __iter__(self) -> Iterator[PrivateKey]:
        """Iterate over all keys with a file."""
        self._held |= {private.public: private for private in self._read()}
        return iter(tuple(self._held.values()))


@dataclass(frozen=True, slots=True)
class Identity:
    """One party's node.

    Attributes:
        party: The node's party.
        private_origin: Origin of the private log.
        pins: Both parties' origin and root key, from configuration.
        node: Signs automatic entries.
        checkpoint: Sign checkpoints of our logs, each key in its window (K16).
        cosigning: Keys for stamped heads, and for cosignatures on the peer's log (K18).
        cosigning_name: The cosigning key's name in signed notes, before the founding is stored.
    """

    party: Party
    private_origin: str
    pins: Mapping[Party, Pin]
    node: Signer
    checkpoint: KeyRing
    cosigning: KeyRing
    cosigning_name: str

    @property
    def peer(self) -> Party:
        """The other party."""
        return peer_of(self.party)

    def origin(self, log: LogName) -> str:
        """Return a log's origin line."""
        return self.private_origin if log == "private" else self.pins[log].origin

    def sign(self, log: LogName, size: int, root: bytes, keys: Sequence[LogKey]) -> str:
        """Sign a checkpoint of one of our logs and return the note.

        `keys`: the signing keys, in the order of their lines; empty before the founding is stored:
        the founded key signs the founding.

        Raises:
            Unavailable: `checkpoint-key-absent`.
        """
        return make_note(*self._signed(Checkpoint(self.origin(log), size, root), keys))

    def _signed(
        self, checkpoint: Checkpoint, keys: Sequence[LogKey]
    ) -> tuple[Checkpoint, *tuple[NoteSignature, ...]]:
        private = [self._held(self.checkpoint, key) for key in keys] or [self.checkpoint.first]
        return checkpoint, *(sign(checkpoint, one, checkpoint.origin) for one in private)

    def stamp(self, size: int, root: bytes, time: int, row: PartyRow | None) -> str:
        """Sign a stamped head of our shared log: our checkpoint with our timestamped cosignature.

        `row`: our party's; None before the founding is stored.

        Raises:
            Unavailable: `checkpoint-key-absent`.
        """
        checkpoint = Checkpoint(self.origin(self.party), size, root)
        keys = () if row is None else (key_at(row.checkpoint, size),)
        return make_note(
            *self._signed(checkpoint, keys), self.cosign(checkpoint, time, row, size=size)
        )

    def cosign(
        self, checkpoint: Checkpoint, time: int, row: PartyRow | None, *, size: int | None = None
    ) -> NoteSignature:
        """Return our cosignature on a checkpoint.

        `size`: size of our shared log by which the key is chosen; None: the newest key.

        Raises:
            Unavailable: `checkpoint-key-absent`.
        """
        if row is None:
            return cosign(checkpoint, self.cosigning.first, self.cosigning_name, time)
        key = row.cosigning[-1] if size is None else key_at(row.cosigning, size)
        private = self._held(self.cosigning, key)
        return cosign(checkpoint, private, key.verifier.name, time)

    @staticmethod
    def _held(ring: KeyRing, key: LogKey) -> PrivateKey:
        private = ring.find(key)
        if private is None:
            # Another process succeeded the key, or the file was not put in place (K31).
            raise Unavailable(
                "checkpoint-key-absent", "No key file has the key in force.", key=key.key
            )
        return private
