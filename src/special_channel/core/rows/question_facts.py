"""Facts about an ask, each of one entry, kept in the order of that entry's log.

Does not decide what they come to: `questions.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries.asks import Basis


@dataclass(frozen=True, slots=True)
class WithdrawalFact:
    """The `note.withdrawn` that took an answer back. It stands in the answer's own log."""

    index: int
    accepted: str
    id: EntryId


@dataclass(frozen=True, slots=True)
class Answer:
    """An entry of the answering log that ticks the ask off, until it is withdrawn."""

    index: int
    frontier: int
    accepted: str
    id: EntryId
    withdrawn: WithdrawalFact | None = None

    def stands_at(self, size: int) -> bool:
        """Tell whether the answer stands in the first `size` entries of its log."""
        gone = self.withdrawn is not None and self.withdrawn.index < size
        return self.index < size and not gone


@dataclass(frozen=True, slots=True)
class DateProposal:
    """Another date, proposed by the answering side.

    `suspended`: first and last instant of the span in which it asks that the clock not
    run; empty, if none.
    """

    index: int
    due: str
    id: EntryId
    accepted: str = ""
    suspended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DueMove:
    """A new due instant, by the asker.

    `proposal`: the proposal agreed to. `charter`, `calendar`: what it was counted by,
    where that is not what the ask names. Each is empty where absent.
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
    """A requested due time, accepted by the answering side. It moves nothing."""

    index: int
    due: str
    accepted: str
    id: EntryId


@dataclass(frozen=True, slots=True)
class DuePassedFact:
    """A `deadline.passed` of the asker's log.

    `confirmed`: the answering side's own stamped head is at or after the due time.
    `heard`: size of the answering log that the entry's head names, 0 if absent.
    """

    index: int
    due: str
    fired: str
    confirmed: bool
    heard: int
    id: EntryId


@dataclass(frozen=True, slots=True)
class ReferralFact:
    """A named person took the ask across to a level."""

    index: int
    level: str
    id: EntryId
