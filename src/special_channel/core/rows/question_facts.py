"""Facts about a question, one an entry, in the order of the entry's log.

Does not decide the outcome of a question: `questions.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries.asks import Basis


@dataclass(frozen=True, slots=True)
class WithdrawalFact:
    """The `note.withdrawn` that withdrew an answer, in the answer's log."""

    index: int
    accepted: str
    id: EntryId


@dataclass(frozen=True, slots=True)
class Answer:
    """An entry of the answering log that answers the question, until withdrawn."""

    index: int
    frontier: int
    accepted: str
    id: EntryId
    withdrawn: WithdrawalFact | None = None

    def stands_at(self, size: int) -> bool:
        """Return whether the answer is in the first `size` entries of its log, not withdrawn."""
        withdrawn = self.withdrawn is not None and self.withdrawn.index < size
        return self.index < size and not withdrawn


@dataclass(frozen=True, slots=True)
class DateProposal:
    """Another due time, proposed by the answering side.

    `suspended`: first and last instant of the proposed suspension of the clock; empty for none.
    """

    index: int
    due: str
    id: EntryId
    accepted: str = ""
    suspended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DueMove:
    """A new due time, by the asker.

    `proposal`: id of the accepted proposal. `charter`, `calendar`: digests for the count, if
    different from the question's. Empty if absent.
    """

    index: int
    due: str
    basis: Basis
    id: EntryId
    accepted: str = ""
    proposal: str = ""
    charter: str = ""
    calendar: str = ""
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class DueAcceptance:
    """Acceptance of a requested due time by the answering side. Does not move the due time."""

    index: int
    due: str
    accepted: str
    id: EntryId


@dataclass(frozen=True, slots=True)
class DuePassedFact:
    """A `deadline.passed` in the asker's log.

    `confirmed`: whether the answering side's stamped head is at or after the due time.
    `heard`: size of the answering log in the stamped head; 0 if absent.
    """

    index: int
    due: str
    fired: str
    confirmed: bool
    heard: int
    id: EntryId


@dataclass(frozen=True, slots=True)
class ReferralFact:
    """Referral of the question to a higher level by a person."""

    index: int
    level: str
    id: EntryId
