"""Report entries in doubt: disputed, or disowned by their own side (K21, K22).

Notices: a disputed entry is valid and keeps every effect. Runs after the last entry, when all doubt
and all reviews are known. What is in doubt is in `core/rules/doubt.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from special_channel.core.audit.findings import FindingCollector
from special_channel.core.audit.stories import Logs, SignatureIndex
from special_channel.core.audit.verdicts import Verdicts
from special_channel.core.bytes.ids import KeyId, Position, party_of
from special_channel.core.entries import EntryReviewed
from special_channel.core.rows.directory import KeyRow, PartyRow, ReviewRow
from special_channel.core.rules.doubt import Doubts, EntryDoubt, doubt_of
from special_channel.core.rules.state import EntryRow, Rows


class EntryDoubts:
    """The valid entries in doubt, after a replay."""

    def __init__(self, logs: Logs, signed: SignatureIndex, rows: Rows, verdicts: Verdicts) -> None:
        """Take the state after the last entry."""
        self._logs = logs
        self._signed = signed
        self._rows = rows
        self._verdicts = verdicts
        keys = (rows.get(("key", key)) for key in signed.keys)
        parties = (rows.get(("party", party)) for party in logs)
        self._doubts = Doubts.of(
            (row for row in keys if isinstance(row, KeyRow)),
            (row for row in parties if isinstance(row, PartyRow)),
        )

    def report(self, collector: FindingCollector) -> None:
        """Report each entry that is disputed or disowned."""
        for position, doubt in self.all().items():
            if doubt.word == "confirmed":
                continue
            stated: dict[str, str] = {}
            since = doubt.begin(position.party)
            if since is not None:
                stated = {"key": doubt.key, "since": str(since)}
            leaf = self._logs[position.party].leaves[position.index]
            assert leaf is not None  # noqa: S101 - a valid entry has a leaf
            review = self._rows.get(("review", leaf.id))
            if doubt.word == "disowned" and isinstance(review, ReviewRow):
                stated["by"] = review.by
            collector.at(position, leaf.id, f"entry-{doubt.word}", **stated)

    def all(self) -> Mapping[Position, EntryDoubt]:
        """Return the doubt about each entry in doubt, by log and index."""
        signers = self._signers()
        found: dict[Position, EntryDoubt] = {}
        for position in sorted({*signers, *self._reviewed()}, key=_report_order):
            leaf = self._logs[position.party].leaves[position.index]
            review = self._rows.get(("review", leaf.id if leaf else ""))
            last = review if isinstance(review, ReviewRow) else None
            doubt = doubt_of(signers.get(position, ()), position.index, self._doubts, last)
            if doubt is not None:
                found[position] = doubt
        return found

    def _signers(self) -> Mapping[Position, list[KeyId]]:
        """Return the signers in doubt of each valid entry in doubt."""
        found: dict[Position, list[KeyId]] = {}
        for key, spans in self._doubts.spans.items():
            party = party_of(key)
            for index in self._signed.by(key, party):
                valid = self._verdicts.valid[party][index]
                if valid and any(span.holds(index) for span in spans):
                    found.setdefault(Position(party, index), []).append(key)
        return found

    def _reviewed(self) -> Iterator[Position]:
        """Yield the entries that reviews name: what was disowned stays so without doubt."""
        for entry in self._verdicts.stating.values():
            for id_ in entry.body.entries if isinstance(entry, EntryReviewed) else ():
                row = self._rows[("entry", id_)]
                assert isinstance(row, EntryRow)  # noqa: S101 - a valid review names entries there
                yield row.position


def _report_order(position: Position) -> tuple[bool, int]:
    return position.party != "eu", position.index
