"""Prefetch signature checks, so that other cores can verify ahead of the judge.

Does not start threads or processes: the caller passes a `Begin` for that. Does not know the owner
of a key (`judge`) and never refuses an entry: a signature without a good answer is checked again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import ChannelError

Check: TypeAlias = tuple[str, bytes, bytes, bytes, str | None]
"""The arguments of `suites.verify`: suite, public key, message, signature, relying party."""

Answers: TypeAlias = Callable[[], Sequence[bool]]
"""Wait for a batch and return a boolean for each check, in order."""

Begin: TypeAlias = Callable[[Sequence[Check]], Answers]
"""Start checking a batch. An answer may be true only if `suites.verify` accepts it."""

Verify: TypeAlias = Callable[[str, bytes, bytes, bytes, str | None], None]
"""`suites.verify`, or a function with the same contract."""

WINDOW: Final = 32
"""Entries or notes in a batch, 2 to 3 ms of work for a core. Memory holds at most two batches."""

_T = TypeVar("_T")


def is_good(check: Check) -> bool:
    """Tell whether a signature verifies."""
    try:
        suites.verify(*check)
    except ChannelError:
        return False
    return True


def at_once(checks: Sequence[Check]) -> Answers:
    """Check a batch on the calling thread; a `Begin`."""
    answers = [is_good(check) for check in checks]
    return lambda: answers


class ChecksAhead:
    """A prefetcher for signature checks; its answers are looked up by the exact bytes checked."""

    def __init__(self, begin: Begin = at_once) -> None:
        """Create an empty prefetcher."""
        self._begin = begin
        # One window is judged while the next is being checked.
        self._batches: deque[_Batch] = deque(maxlen=2)

    def ahead(
        self, items: Iterable[_T], checks_of: Callable[[_T], Iterable[Check]]
    ) -> Iterator[_T]:
        """Yield items in order, while the checks of the next window are already running."""
        rest, waiting = iter(items), list[_T]()
        while window := list(islice(rest, WINDOW)):
            # Deduplicate: many entries of one commit contain the same signed note.
            checks = list(dict.fromkeys(check for item in window for check in checks_of(item)))
            if checks:
                self._batches.append(_Batch(checks, self._begin(checks)))
            yield from waiting
            waiting = window
        yield from waiting

    def verify(
        self, suite: str, public: bytes, message: bytes, signature: bytes, rp: str | None = None
    ) -> None:
        """Check a signature, or use the prefetched answer; a `Verify`.

        Raises:
            BadSignature, Malformed: As `suites.verify`.
        """
        check = (suite, public, message, signature, rp)
        if not any(batch.is_good(check) for batch in self._batches):
            suites.verify(*check)


class _Batch:
    """A batch of checks and the set of those that verified."""

    def __init__(self, checks: Sequence[Check], answers: Answers) -> None:
        self._checks = frozenset(checks)
        self._in_order = checks
        self._answers = answers
        self._good: frozenset[Check] | None = None

    def is_good(self, check: Check) -> bool:
        """Tell whether the batch contains the check and verified it; wait if necessary."""
        if check not in self._checks:
            return False
        if self._good is None:
            pairs = zip(self._in_order, self._answers(), strict=True)
            self._good = frozenset(item for item, good in pairs if good)
        return check in self._good
