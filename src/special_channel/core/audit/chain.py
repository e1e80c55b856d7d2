"""The chain of a side's root sets, from the pin of a reader to the set in force (K14).

A trust file may pin any set of the chain. Does not judge: `audit.py` does, from the first set on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from special_channel.core.audit.trust import RootPin, TrustedParty
from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.errors import BadSignature, ChannelError
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import (
    Entry,
    MachineEnrolled,
    PartyFounded,
    RootSet,
    RootsRotated,
    parse,
)
from special_channel.core.rows.directory import (
    KeyRow,
    PartyRow,
    Roots,
    commitment,
    decoded_key,
    pin_of,
    root_keys,
    root_pin,
)
from special_channel.core.rows.directory_folds import first_log_key, log_key
from special_channel.core.rows.log_keys import LogKey, LogKeys
from special_channel.core.rules.judge_context import Pin
from special_channel.core.rules.state import Rows


def first_pin(trusted: TrustedParty, founding: bytes | None) -> Pin:
    """Return the pin of a side's first root set.

    If the reader pins a later set, the first one is that of the bundle: the later set's own parts
    signed the chain back to it, which `root_pins` gives to compare.

    Args:
        trusted: The reader's pin.
        founding: The envelope of the log's first entry, if present.
    """
    pin = trusted.root.pin
    if trusted.root.number > 1 and founding is not None:
        with suppress(ChannelError):  # the audit reports what is malformed
            entry = parse(dsse.decode(founding).payload)
            pin = root_pin(entry.body.roots) if isinstance(entry, PartyFounded) else pin
    return Pin(trusted.party, trusted.origin, pin)


def root_pins(party: Party, rows: Rows) -> tuple[RootPin, ...]:
    """Return number and pin of each root set of a side, the one in force last."""
    row = rows.get(("party", party))
    sets = row.roots if isinstance(row, PartyRow) else ()
    return tuple(
        RootPin(number=roots.number, pin=pin_of(_parts(roots, rows), roots.threshold))
        for roots in sets
    )


def _parts(roots: Roots, rows: Rows) -> Iterator[tuple[str, str]]:
    for key in roots.keys:
        row = rows[("key", key)]
        assert isinstance(row, KeyRow)  # noqa: S101 - a folded set has a row for each part
        yield row.suite, row.public


# A directory as a node hands it out -----------------------------------------------------


def checkpoint_keys(trusted: TrustedParty, directory: Sequence[tuple[int, bytes]]) -> LogKeys:
    """Follow a side's directory from a reader's pin to the keys of its checkpoints.

    For a reader of a running node. Checks the chain of root sets with its signatures. A checkpoint
    key counts if the key before committed to it, or the root signed it; whether two persons signed
    is left to a replay of the whole record.

    Args:
        trusted: The reader's pin.
        directory: Index and envelope of the side's directory entries, in order.

    Raises:
        BadSignature: `root-untrusted`, and the codes of `suites.verify`.
        Malformed: The codes of `dsse.decode` and `entries.parse`.
    """
    if not directory:
        raise _untrusted()
    chain = _Chain(trusted, directory[0][1])
    for index, data in directory[1:]:
        chain.follow(index, data)
    if trusted.root not in chain.pins:
        raise _untrusted()
    return chain.checkpoint


class _Chain:
    """Root sets and checkpoint keys of a side, entry by entry."""

    def __init__(self, trusted: TrustedParty, founding: bytes) -> None:
        """Begin with the founding, which enough of its own root parts have signed."""
        self._party = trusted.party
        envelope, entry = _read(founding)
        if not isinstance(entry, PartyFounded) or (entry.log, entry.body.party) != (
            trusted.origin,
            trusted.party,
        ):
            raise _untrusted()
        self._roots = entry.body.roots
        self._id = envelope.id
        if not self._signed(envelope, self._roots):
            raise _untrusted()
        self.pins = [RootPin(number=1, pin=root_pin(self._roots))]
        # A pinned first set decides here already: nothing of another founding is followed.
        if trusted.root.number == 1 and self.pins[0] != trusted.root:
            raise _untrusted()
        stated = next(one for one in entry.body.machines if one.role == "checkpoint")
        self.checkpoint: tuple[LogKey, ...] = (first_log_key(self._party, stated),)

    def follow(self, index: int, data: bytes) -> None:
        """Follow an entry, if it replaces the root set or the checkpoint key."""
        envelope, entry = _read(data)
        if isinstance(entry, RootsRotated) and self._replaces(envelope, entry):
            self._roots, self._id = entry.body, envelope.id
            self.pins.append(RootPin(number=entry.body.number, pin=root_pin(entry.body)))
        if isinstance(entry, MachineEnrolled) and entry.body.role == "checkpoint":
            body = entry.body
            commits = commitment(body.suite, decoded_key(body.public))
            if commits == self.checkpoint[-1].next or self._signed(envelope, self._roots):
                self.checkpoint += (log_key(self._party, index, body),)

    def _replaces(self, envelope: dsse.Envelope, entry: RootsRotated) -> bool:
        """Tell whether a root set is the one to which the last one committed (K14)."""
        body, last = entry.body, self._roots
        commits = {commitment(part.suite, decoded_key(part.public)) for part in body.keys}
        follows = (entry.ref, body.number) == (self._id, self.pins[-1].number + 1)
        same = commits <= set(last.next) and body.threshold == last.next_threshold
        return follows and same and self._signed(envelope, body)

    def _signed(self, envelope: dsse.Envelope, roots: RootSet) -> bool:
        """Verify the signatures of a root set; tell whether they reach its threshold."""
        parts = dict(zip(root_keys(self._party, roots), roots.keys, strict=True))
        signed = 0
        for signature in envelope.signatures:
            part = parts.get(signature.keyid)
            if part is not None:
                suites.verify(part.suite, decoded_key(part.public), envelope.pae, signature.sig)
                signed += 1
        return signed >= roots.threshold


def _read(data: bytes) -> tuple[dsse.Envelope, Entry]:
    envelope = dsse.decode(data)
    return envelope, parse(envelope.payload)


def _untrusted() -> BadSignature:
    return BadSignature("root-untrusted", "The root is not the one pinned here.")
